import { PlayerError } from '@bandstand/protocol';
import { Leveller } from '../filters/leveller.ts';
import { FRAME_MS, PCM_FRAME_BYTES } from '../frame.ts';
import type { Media } from '../media.ts';
import { MixStage } from '../mixing/mix-stage.ts';
import { MixTimeline } from '../mixing/mix-timeline.ts';
import type { Mixable } from '../mixing/signal.ts';
import type { OpusEncoderSettings } from '../opus-codec.ts';
import { ENCODER_PRIMING_FRAMES, FRAMES_AHEAD } from '../render/aligned-encoder.ts';
import { Renderer } from '../render/renderer.ts';
import { SignalChain } from '../render/signal-chain.ts';
import { SoundTimeline } from '../render/sound-timeline.ts';
import type { SoundSettings } from '../sound.ts';
import { type MediaTools, type OpenedMedia, openMedia } from '../units/open-media.ts';
import type { Unit } from '../units/unit.ts';
import { UnitWindow } from '../units/unit-window.ts';
import type { EncoderEffort } from './encoder-effort.ts';
import { packFrames } from './frame-batch.ts';
import {
  type AudioLimits,
  BUFFER_FRAMES,
  type FromThread,
  type ThreadSettings,
  type ToThread,
} from './messages.ts';
import { asFailure, plainFailure } from './plain-failure.ts';
import { StallWatch } from './stall-watch.ts';
import { endFailure } from './track-length.ts';

export interface ThreadPlaybackOptions {
  readonly id: number;
  readonly media: Media;
  readonly startAtMs: number;
  readonly sound: SoundSettings;
  readonly tailMs: number;
  readonly settings: ThreadSettings;
  readonly tools: MediaTools;
  /** Of all encoders on this thread. */
  readonly effort: Pick<EncoderEffort, 'complexity'>;
  readonly post: (message: FromThread, transfer?: readonly ArrayBuffer[]) => void;
}

const SILENT_UNIT: Unit = { kind: 'pcm', pcm: Buffer.alloc(PCM_FRAME_BYTES) };
/** One turn on the thread makes at most so many packets that go through as they are, … */
const TURN_BUDGET = 50;
/** … or a tenth as many that are encoded: about a millisecond, so that no playback holds up the others. */
const ENCODED_FRAME_COST = 10;

/** The part of a playback that lives on an audio thread: it reads the source, makes frames and sends them in batches. */
export class ThreadPlayback implements Mixable {
  readonly #options: ThreadPlaybackOptions;
  readonly #limits: AudioLimits;
  readonly #abort = new AbortController();
  readonly #units = new UnitWindow();
  readonly #watch: StallWatch;
  /** Settles once everything behind the playback is closed. */
  readonly #done: Promise<void>;
  readonly #sounds: SoundTimeline;
  readonly #mixes = new MixTimeline<ThreadPlayback>();
  /** Those it is mixed into: they wait for what it reads. */
  readonly #hosts = new Set<ThreadPlayback>();
  #openChain: (() => SignalChain) | undefined;
  #chain: SignalChain | undefined;
  #ownLeveller: Leveller | undefined;
  #renderer: Renderer | undefined;
  #taken = 0;
  #lookAheadFrames = 0;
  #cursor = 0;
  #generation = 0;
  #isTurnDue = false;
  #isFinishSent = false;

  constructor(options: ThreadPlaybackOptions) {
    this.#options = options;
    this.#limits = options.settings.limits;
    this.#sounds = new SoundTimeline(options.sound);
    this.#demand();
    this.#watch = new StallWatch({
      firstMs: this.#limits.firstFrameMs,
      laterMs: this.#limits.stallMs,
      isWaiting: () => this.#units.isStarving,
      onStall: (waitedMs) => {
        const details = { waitedMs };
        this.#abort.abort(new PlayerError('MEDIA_STALLED', 'no sound within the time allowed', { details }));
      },
    });
    this.#done = this.#run();
  }

  /** `frames` were taken in all. */
  taken(frames: number): void {
    this.#taken = frames;
    this.#chain?.forget(frames - ENCODER_PRIMING_FRAMES);
    this.#mixes.forget(frames - ENCODER_PRIMING_FRAMES);
    this.#demand();
    this.#wantTurn();
  }

  /** Makes frames from `fromFrame` on, which may be made already, with another sound. */
  setSound({ generation, fromFrame, sound, revokeFrom }: ToThread & { type: 'sound' }): void {
    if (revokeFrom !== undefined) {
      this.#sounds.revoke(revokeFrom);
      this.#mixes.postpone(revokeFrom, fromFrame);
    }
    this.#sounds.change(fromFrame, sound);
    this.#remake(generation, fromFrame, Math.min(fromFrame, revokeFrom ?? fromFrame));
    this.#demand();
  }

  /** Makes frames from `fromFrame` on, which may be made already, with another playback mixed in. */
  setMix(
    { generation, fromFrame, mix }: ToThread & { type: 'mix' },
    find: (id: number) => ThreadPlayback | undefined,
  ): void {
    if (mix !== undefined) {
      const signal = mix.other && find(mix.other.signal);
      const other = signal && mix.other && { ...mix.other, signal };
      signal?.addHost(this);
      this.#mixes.change(fromFrame, { own: mix.own, other });
    }
    this.#remake(generation, fromFrame, fromFrame);
  }

  /** Makes frames with which it may fall silent soon, and go on. */
  fade({ wish }: ToThread & { type: 'fade' }): void {
    const { id, post } = this.#options;
    if (this.#renderer === undefined || this.#abort.signal.aborted) return;
    try {
      post({ type: 'fades', id, firstFrame: wish.firstFrame, places: this.#renderer.renderFades(wish) });
    } catch (error) {
      this.#finish(this.#sounds.placeOf(this.#cursor), asFailure(error));
    }
  }

  /** It is mixed into another from now on. */
  addHost(host: ThreadPlayback): void {
    this.#hosts.add(host);
  }

  /** Reads so many frames more than are needed now. */
  lookAhead(frames: number): void {
    this.#lookAheadFrames = frames;
    this.#demand();
  }

  tap(): SignalChain {
    if (this.#openChain === undefined) throw new Error('bug: a playback is mixed in before it is open');
    return this.#openChain();
  }

  /** Ends everything behind the playback and says so once it is gone. */
  async close(): Promise<void> {
    if (!this.#abort.signal.aborted) this.#abort.abort(new PlayerError('PLAYER_SHUTTING_DOWN', 'closed'));
    await this.#done;
    this.#options.post({ type: 'closed', id: this.#options.id });
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    try {
      const opened = await this.#open(signal);
      for await (const units of opened.units) {
        this.#units.push(units);
        this.#watch.progress();
        this.#checkLength();
        this.#wantTurn();
        this.#wakeHosts();
        await this.#units.room(signal);
        signal.throwIfAborted();
      }
      const failure = this.#endFailure(opened);
      if (failure === undefined) this.#units.push(this.#tail());
      this.#units.finish(failure);
    } catch (error) {
      this.#units.finish(asFailure(signal.aborted ? signal.reason : error));
    } finally {
      this.#watch.stop();
    }
    this.#wantTurn();
    this.#wakeHosts();
  }

  async #open(signal: AbortSignal): Promise<OpenedMedia> {
    const { media, startAtMs, tools, id, post } = this.#options;
    const fadesIn = media.isLive || startAtMs > 0;
    const onTitle = (title: string) => post({ type: 'title', id, title });
    const opened = await openMedia(media, startAtMs, { ...tools, onTitle }, signal);
    const { sourceGainDb, leadIn = [] } = opened;
    this.#units.leadIn(leadIn);
    this.#openChain = () => {
      const leveller = () => this.#leveller;
      const chain = new SignalChain({
        units: this.#units,
        sounds: this.#sounds,
        fadesIn,
        sourceGainDb,
        leveller,
      });
      chain.attach(new MixStage(this.#mixes));
      return chain;
    };
    this.#chain = this.#openChain();
    this.#demand();
    this.#renderer = new Renderer(this.#chain, this.#encoderSettings());
    post({ type: 'opened', id, route: opened.isOpus ? 'passthrough' : 'transcode' });
    return opened;
  }

  /** Most playbacks never need it. */
  get #leveller(): Leveller {
    this.#ownLeveller ??= new Leveller({ targetLufs: this.#options.settings.levelTargetLufs });
    return this.#ownLeveller;
  }

  /** As they are now, at any time: both may change under way. */
  #encoderSettings(): OpusEncoderSettings {
    const { settings, effort } = this.#options;
    const sounds = this.#sounds;
    return {
      get bitrateBps() {
        return sounds.newest.bitrateBps ?? settings.encoder.bitrateBps;
      },
      get complexity() {
        return effort.complexity;
      },
    };
  }

  /** As much of the track is wanted as the frames need that may be made now. */
  #demand(): void {
    const last = this.#taken + BUFFER_FRAMES + FRAMES_AHEAD + this.#lookAheadFrames - 1;
    this.#units.demand((this.#chain?.lastUnitOf(last) ?? Math.ceil(this.#sounds.placeOf(last))) + 1);
  }

  #tail(): Unit[] {
    return new Array<Unit>(Math.round(this.#options.tailMs / FRAME_MS)).fill(SILENT_UNIT);
  }

  #checkLength(): void {
    const { media, startAtMs } = this.#options;
    const { maxTrackMs } = this.#limits;
    if (media.isLive || startAtMs + this.#units.end * FRAME_MS <= maxTrackMs) return;
    throw new PlayerError('TRACK_TOO_LONG', 'the media is longer than allowed', { details: { maxTrackMs } });
  }

  #endFailure(opened: OpenedMedia): PlayerError | undefined {
    const { media, startAtMs } = this.#options;
    const positionMs = startAtMs + this.#units.end * FRAME_MS;
    const durationMs = media.isLive ? undefined : (media.durationMs ?? opened.durationMs);
    return endFailure(positionMs, startAtMs, durationMs);
  }

  #remake(generation: number, fromFrame: number, voidFrom: number): void {
    this.#generation = generation;
    this.#renderer?.invalidate(voidFrom);
    this.#cursor = Math.min(this.#cursor, Math.max(0, fromFrame));
    this.#wantTurn();
  }

  #wakeHosts(): void {
    for (const host of this.#hosts) {
      if (host.#abort.signal.aborted) this.#hosts.delete(host);
      else host.#wantTurn();
    }
  }

  #wantTurn(): void {
    if (this.#isTurnDue) return;
    this.#isTurnDue = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#isTurnDue = false;
    if (this.#abort.signal.aborted && !this.#units.isFinished) return;
    try {
      if (this.#renderer !== undefined) this.#renderSome(this.#renderer);
      if (this.#units.isFinished) this.#finish(this.#units.end, this.#units.failure);
    } catch (error) {
      this.#finish(this.#sounds.placeOf(this.#cursor), asFailure(error));
    }
  }

  #renderSome(renderer: Renderer): void {
    const { id, post } = this.#options;
    const firstFrame = this.#cursor;
    const limit = this.#taken + BUFFER_FRAMES;
    const frames: Buffer[] = [];
    let budget = TURN_BUDGET;
    while (budget > 0 && this.#cursor < limit && renderer.canRender(this.#cursor)) {
      budget -= renderer.isUntouched(this.#cursor) ? 1 : ENCODED_FRAME_COST;
      frames.push(renderer.render(this.#cursor));
      this.#cursor++;
    }
    if (frames.length === 0) return;
    const packed = packFrames(frames);
    post({ type: 'frames', id, generation: this.#generation, firstFrame, packed }, [packed]);
    if (budget <= 0) this.#wantTurn();
  }

  #finish(trackFrames: number, failure: PlayerError | undefined): void {
    if (this.#isFinishSent) return;
    this.#isFinishSent = true;
    const { id, post } = this.#options;
    post({ type: 'finished', id, trackFrames, failure: failure && plainFailure(failure) });
  }
}
