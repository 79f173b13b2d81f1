import { EventEmitter } from 'node:events';
import type { PlayerError } from '@bandstand/protocol';
import { FRAME_MS, type FrameSource } from './frame.ts';
import { FrameRing } from './frame-ring.ts';
import { FrameWaiters } from './frame-waiters.ts';
import { Blend } from './mixing/blend.ts';
import { Layer, type Layerable, type LayerPlan } from './mixing/layer.ts';
import type { Mix } from './mixing/mix.ts';
import { MixTimeline } from './mixing/mix-timeline.ts';
import { type FadeOutOptions, MAX_FADE_FRAMES, PlaybackFades } from './playback-fades.ts';
import { SoundTimeline } from './render/sound-timeline.ts';
import { checkSound, isSameSound, type SoundSettings } from './sound.ts';
import { unpackFrames } from './thread/frame-batch.ts';
import {
  BUFFER_FRAMES,
  type FromThread,
  type PlaybackMessage,
  type Route,
  type ToThread,
} from './thread/messages.ts';
import { reviveFailure } from './thread/plain-failure.ts';

export interface PlaybackEvents {
  /** Frames are there, at the beginning or again after the buffer ran dry. */
  flowing: [];
  /** The last frame of the track was taken. */
  ended: [];
  /** The last frame that could be had was taken, and there should have been more: see `positionMs`. */
  failed: [failure: PlayerError];
  /** A station plays something else now: `stationTitle`. */
  title: [];
  /** Where it ends is known, or is another place. */
  length: [];
}

export interface PlaybackOptions {
  readonly id: number;
  readonly startAtMs: number;
  readonly sound: SoundSettings;
  readonly post: (message: ToThread) => void;
  /** Stands for the audio thread: playbacks of the same one may be mixed. */
  readonly thread?: object | undefined;
}

type Status = FrameSource['status'];

/** The only legal moves. `ended` and `failed` are final. */
const TRANSITIONS = {
  buffering: ['flowing', 'ended', 'failed'],
  flowing: ['buffering', 'ended', 'failed'],
  ended: [],
  failed: [],
} as const satisfies Record<Status, readonly Status[]>;

/** Frames that make it worth starting, … */
const START_FRAMES = 3;
/** … and starting again after the buffer ran dry: a slow source should pause once, not stutter. */
const RESTART_FRAMES = 25;
/** Frames taken between two reports of room. */
const REPORT_FRAMES = 10;
/** How far ahead of the next frame a change of sound begins: time to make the frames anew. Doubled when it was too short. */
const CHANGE_LEAD_FRAMES = 3;
const MAX_CHANGE_LEAD_FRAMES = 24;

/**
 * One track being played: about a second of Opus frames on the thread that plays, and the rest of the work on an audio
 * thread. A failure is told when its place in the track is reached, not when it is found, so `positionMs` is where to go on.
 */
export class Playback extends EventEmitter<PlaybackEvents> implements Layerable<Playback> {
  readonly #options: PlaybackOptions;
  readonly #ring = new FrameRing(BUFFER_FRAMES);
  readonly #opened = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #waiters = new FrameWaiters();
  #status: Status = 'buffering';
  #route: Route = 'transcode';
  #isClosed = false;
  #restartFrames = START_FRAMES;
  readonly #sounds: SoundTimeline;
  /** Whose frames are heard together with its own. */
  readonly #mixes = new MixTimeline<Playback>();
  /** Whose frames hold its own. */
  #host: Playback | undefined;
  readonly #guests = new Set<Playback>();
  #blend: Blend<Playback> | undefined;
  readonly #fades: PlaybackFades;
  #leadFrames = CHANGE_LEAD_FRAMES;
  /** Of the newest change of sound, of the newest one whose frames came, and of the oldest one whose frames are wanted. */
  #generation = 0;
  #generationHeard = 0;
  #minGeneration = 0;
  /** Known once the audio thread saw the end of the source: its length, … */
  #trackFrames: number | undefined;
  /** … and how many frames that makes to take. */
  #totalFrames: number | undefined;
  #failure: PlayerError | undefined;
  #stationTitle: string | undefined;

  constructor(options: PlaybackOptions) {
    super();
    this.#options = options;
    this.#sounds = new SoundTimeline(options.sound);
    this.#fades = new PlaybackFades((wish) => options.post({ type: 'fade', id: options.id, wish }));
    this.#opened.promise.catch(() => {}); // whoever opens it waits for it; a failure before that is not unhandled
  }

  get status(): Status {
    return this.#status;
  }

  /** Whether the source's own Opus packets are sent while nothing changes the sound. */
  get route(): Route {
    return this.#route;
  }

  get framesTaken(): number {
    return this.#ring.taken;
  }

  /** How many frames there are to take in all, once that is known of a track that does not break off. */
  get totalFrames(): number | undefined {
    return this.#failure === undefined ? this.#totalFrames : undefined;
  }

  /** Where it ends, also by breaking off; `undefined` until that is known. */
  get endFrame(): number | undefined {
    return this.#totalFrames;
  }

  /** Whether the frames that wait are made with everything that was asked for. */
  get isUpToDate(): boolean {
    return this.#generationHeard === this.#generation;
  }

  /** How far ahead of the next frame a change may begin: time to make the frames anew. */
  get leadFrames(): number {
    return this.#leadFrames;
  }

  get bufferedFrames(): number {
    return this.#ring.size;
  }

  /** Inside the track, from frames really taken. */
  get positionMs(): number {
    const place = Math.min(
      this.#sounds.placeOf(this.#ring.taken),
      this.#trackFrames ?? Number.POSITIVE_INFINITY,
    );
    return this.#options.startAtMs + Math.round(place * FRAME_MS);
  }

  /** Whether `close` was called. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** What a station says it plays, as it was sent, `''` = nothing any more; `undefined` for whatever says nothing of it. */
  get stationTitle(): string | undefined {
    return this.#stationTitle;
  }

  /** Why `status` is `failed`. */
  get failure(): PlayerError | undefined {
    return this.#status === 'failed' ? this.#failure : undefined;
  }

  next(): Buffer | undefined {
    if (this.#status !== 'flowing' || this.#fades.isSilent) return undefined;
    const frame = this.#ring.take();
    const { taken } = this.#ring;
    if (frame !== undefined) this.#takeAlong(taken - 1);
    if (taken === this.#totalFrames) this.#finish();
    else if (frame === undefined) this.#runDry();
    else if (taken % REPORT_FRAMES === 0) this.#report();
    return frame && this.#fades.replace(taken - 1, frame);
  }

  /**
   * Falls silent within the next 60 ms, and gives no frame after that until `resume`. Where nothing is heard, or hardly
   * anything is left, it falls silent at once.
   *
   * @param onSilent - Called after the tick that took the last frame.
   */
  fadeOut(onSilent: () => void, options: FadeOutOptions = {}): void {
    const { taken } = this.#ring;
    const left = (this.#totalFrames ?? Number.POSITIVE_INFINITY) - taken;
    const isApart = this.#host?.frameOf(this, this.#host.framesTaken) === undefined;
    const isHeard = this.#status === 'flowing' && taken > 0 && !this.#fades.isSilent && isApart;
    if (isHeard && left > MAX_FADE_FRAMES) this.#fades.out(taken, onSilent, options);
    else onSilent();
  }

  /**
   * Its next frame is made for a listener whose decoder has just heard something else, if it is not taken at once.
   *
   * @param atFrame - Where it goes on as it is, if no other is taken before; absent: it fades in, whichever is the next.
   */
  comeIn(atFrame?: number): void {
    if (!this.#isClosed) this.#fades.in(this.#ring.taken, atFrame);
  }

  /** Goes on after `fadeOut`, from where it fell silent, fading in. */
  resume(): void {
    this.#fades.resume();
  }

  /** Its frames before this one were heard as part of another playback, and are over, also those that are not there yet. */
  takenTo(frameIndex: number): void {
    while (this.#ring.taken < frameIndex) {
      this.#ring.skip();
      const { taken } = this.#ring;
      this.#takeAlong(taken - 1);
      if (this.#status === 'ended' || this.#status === 'failed') continue;
      if (taken === this.#totalFrames) this.#finish();
      else if (taken % REPORT_FRAMES === 0) this.#report();
    }
  }

  /**
   * Resolves once so many frames wait to be taken, or the whole rest of a shorter track.
   *
   * @param minFrames - At most {@link BUFFER_FRAMES} ever wait.
   * @throws PlayerError why there will be no more; an `AbortError` when closed meanwhile.
   */
  ready(minFrames: number): Promise<void> {
    const ready = this.#waiters.add(Math.min(minFrames, BUFFER_FRAMES));
    this.#settleWaiting();
    return ready;
  }

  /** Heard about 60 ms later; the track goes on without a gap or a jump. */
  setSound(sound: SoundSettings): void {
    checkSound(sound);
    if (this.#isClosed || isSameSound(sound, this.#sounds.newest)) return;
    // Before anything was heard there is nothing to change from.
    this.#changeSound(this.#ring.taken === 0 ? 0 : this.#ring.taken + this.#leadFrames, sound);
    if (this.#host !== undefined) this.#host.#remake();
  }

  /**
   * Leads over into the beginning of another playback at the end of this one. The other's frames are heard as part of this
   * one's, and are over as these are taken: when this one ends, or is left before, the other goes on where it was heard last.
   *
   * @param next - `undefined`, or one of another thread: none. It must be open.
   * @param overMs - How long both are heard; 0 = the one behind the other. Less where there is less.
   */
  blendInto(next: Playback | undefined, overMs: number): void {
    if (this.#isClosed) return;
    const frames = Math.round(overMs / FRAME_MS);
    const blend = this.#blend;
    if (blend?.next === next && (next === undefined || blend?.frames === frames || blend?.hasBegun)) return;
    blend?.cancel();
    this.#blend = undefined;
    if (next === undefined || !this.sharesThreadWith(next)) return;
    this.#blend = new Blend(this, next, frames);
    this.#options.post({ type: 'lookAhead', id: this.#options.id, frames });
    this.#blend.plan();
  }

  /** Lays it over another playback, of the same thread. It must be open, and no frame of it taken. */
  layOver(plan: LayerPlan): Layer<Playback> {
    if (this.#ring.taken > 0) throw new Error('bug: a layer begins with its first frame');
    if (plan.fades)
      this.#options.post({
        type: 'lookAhead',
        id: this.#options.id,
        frames: Math.round(plan.releaseMs / FRAME_MS),
      });
    return new Layer(this, plan);
  }

  /** Whether the two are made on one thread: only those may be mixed. */
  sharesThreadWith(other: Playback): boolean {
    return this.#options.thread === other.#options.thread;
  }

  /** Which frame of another playback is heard as part of a frame of this one. */
  frameOf(other: Playback, frameIndex: number): number | undefined {
    const mixed = this.#mixes.at(frameIndex);
    if (mixed?.other === undefined) return undefined;
    const { signal, frame } = mixed.other;
    const at = frame + frameIndex - mixed.fromFrame;
    return signal === other ? at : signal.frameOf(other, at);
  }

  /** From frame `fromFrame` on another playback of the same thread is heard as part of this one, as told. */
  mix(fromFrame: number, mix: Mix<Playback>): void {
    if (this.#isClosed) return;
    const { own, other } = mix;
    if (other !== undefined && !this.sharesThreadWith(other.signal))
      throw new Error('bug: playbacks of different threads cannot be mixed');
    if (other !== undefined) {
      other.signal.#host = this;
      this.#guests.add(other.signal);
    }
    this.#mixes.change(fromFrame, mix);
    this.#postMix(fromFrame, { own, other: other && { ...other, signal: other.signal.#options.id } });
  }

  /** Ends it wherever it is, without an event. @returns Once its processes and connections are gone. */
  close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#options.post({ type: 'close', id: this.#options.id });
      if (this.#status !== 'failed') this.#status = 'ended';
      this.#ring.clear();
      for (const guest of this.#guests) if (guest.#host === this) guest.#host = undefined;
      this.#guests.clear();
      this.#opened.reject(closedError());
      this.#settleWaiting();
    }
    return this.#closed.promise;
  }

  /** Settles when the audio thread opened the media. @internal */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  /** Whatever the audio thread has to say. @internal */
  receive(message: PlaybackMessage): void {
    if (message.type === 'closed') this.#closed.resolve();
    if (this.#isClosed) return;
    switch (message.type) {
      case 'opened':
        this.#route = message.route;
        this.#opened.resolve();
        break;
      case 'frames':
        this.#put(message);
        break;
      case 'fades':
        this.#fades.put(message.firstFrame, message.places);
        break;
      case 'title':
        this.#stationTitle = message.title;
        this.emit('title');
        break;
      case 'finished':
        this.#trackFrames = message.trackFrames;
        this.#failure = message.failure && reviveFailure(message.failure);
        this.#countFrames();
        if (this.#failure !== undefined) this.#opened.reject(this.#failure);
    }
    this.#settle();
  }

  /** The audio thread is gone: what is buffered is all there will be. @internal */
  abandon(failure: PlayerError): void {
    this.#closed.resolve();
    if (this.#isClosed) return;
    this.#trackFrames = undefined;
    this.#totalFrames = this.#ring.end;
    this.#failure = failure;
    this.#opened.reject(failure);
    this.#settle();
  }

  #put({ generation, firstFrame, packed }: FromThread & { type: 'frames' }): void {
    if (generation < this.#minGeneration) return;
    if (generation > this.#generationHeard && firstFrame < this.#ring.taken) {
      this.#repeatChange(firstFrame);
      return;
    }
    this.#generationHeard = generation;
    let index = firstFrame;
    for (const frame of unpackFrames(packed)) this.#ring.put(index++, frame);
  }

  /**
   * The frames that lead over from the old sound to the new came after their time: without them there would be a click.
   * So the old ones serve on, and the change is made again, later.
   */
  #repeatChange(revokeFrom: number): void {
    this.#leadFrames = Math.min(2 * this.#leadFrames, MAX_CHANGE_LEAD_FRAMES);
    this.#minGeneration = this.#generation + 1;
    const fromFrame = Math.min(this.#ring.taken + this.#leadFrames, this.#ring.end);
    this.#changeSound(fromFrame, this.#sounds.newest, revokeFrom);
  }

  #changeSound(fromFrame: number, sound: SoundSettings, revokeFrom?: number): void {
    const { post, id } = this.#options;
    const generation = ++this.#generation;
    post({ type: 'sound', id, generation, fromFrame, sound, revokeFrom });
    if (revokeFrom !== undefined) {
      this.#sounds.revoke(revokeFrom);
      this.#mixes.postpone(revokeFrom, fromFrame);
    }
    this.#sounds.change(fromFrame, sound);
    this.#fades.soundChanges();
    this.#countFrames();
  }

  /** At another speed the same track has another number of frames. */
  #countFrames(): void {
    if (this.#trackFrames !== undefined) this.#totalFrames = this.#sounds.lengthOf(this.#trackFrames);
    this.#blend?.plan();
    this.emit('length');
  }

  /** What is mixed in sounds different soon. */
  #remake(): void {
    if (this.#isClosed) return;
    this.#postMix(this.#ring.taken + this.#leadFrames);
    if (this.#host !== undefined) this.#host.#remake();
  }

  #postMix(fromFrame: number, mix?: Mix<number>): void {
    const { post, id } = this.#options;
    post({ type: 'mix', id, generation: ++this.#generation, fromFrame, mix });
  }

  #takeAlong(frameIndex: number): void {
    const mix = this.#mixes.at(frameIndex);
    if (mix?.other === undefined) return;
    mix.other.signal.takenTo(mix.other.frame + frameIndex - mix.fromFrame + 1);
    this.#mixes.forget(frameIndex);
  }

  #settle(): void {
    this.#settleWaiting();
    if (this.#status !== 'buffering') return;
    if (this.#ring.taken === this.#totalFrames) {
      this.#finish();
    } else if (this.#ring.size >= this.#restartFrames || this.#isComplete) {
      this.#move('flowing');
      this.emit('flowing');
    }
  }

  get #isComplete(): boolean {
    return this.#totalFrames !== undefined && this.#ring.end >= this.#totalFrames;
  }

  #settleWaiting(): void {
    if (this.#isClosed) this.#waiters.reject(closedError());
    const { size: frames } = this.#ring;
    this.#waiters.settle({ frames, isComplete: this.#isComplete, failure: this.#failure });
  }

  #runDry(): void {
    this.#restartFrames = RESTART_FRAMES;
    this.#report(); // whatever room was not told yet is needed now
    this.#move('buffering');
  }

  #report(): void {
    this.#options.post({ type: 'taken', id: this.#options.id, frames: this.#ring.taken });
  }

  /** Listeners run after the tick that took the last frame, which they must not delay. */
  #finish(): void {
    const failure = this.#failure;
    this.#move(failure === undefined ? 'ended' : 'failed');
    queueMicrotask(() => {
      if (this.#isClosed) return;
      if (failure === undefined) this.emit('ended');
      else this.emit('failed', failure);
    });
  }

  #move(next: Status): void {
    const allowed: readonly Status[] = TRANSITIONS[this.#status];
    if (!allowed.includes(next)) throw new Error(`bug: playback moved ${this.#status} -> ${next}`);
    this.#status = next;
  }
}

function closedError(): DOMException {
  return new DOMException('the playback was closed', 'AbortError');
}
