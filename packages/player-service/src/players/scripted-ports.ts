import { EventEmitter } from 'node:events';
import { PlayerError, type VoiceStatus } from '@bandstand/protocol';
import { type FrameSource, SILENCE_FRAME } from '../audio/frame.ts';
import type { Media } from '../audio/media.ts';
import type { LayerPlan } from '../audio/mixing/layer.ts';
import type { SoundSettings } from '../audio/sound.ts';
import type { LoadResult, Track } from '../sources/source.ts';
import type {
  FrameCounts,
  MediaEngine,
  OpenMediaOptions,
  Playback,
  PlaybackLayer,
  TrackSources,
  VoiceLink,
} from './ports.ts';

/** For tests of the players alone: sources, engine and voice session that do what the test says. */

export function scriptedTrack(identifier: string, options: Partial<Track> = {}): Track {
  return { source: 'files', identifier, title: identifier, durationMs: 1_000, isLive: false, ...options };
}

/** Loads what it was told; a query without an answer stays open until its signal aborts. */
export class ScriptedSources implements TrackSources {
  readonly answers = new Map<string, LoadResult | PlayerError>();
  readonly gates = new Map<string, PromiseWithResolvers<LoadResult>>();
  resolved = 0;

  async load(query: string, { signal }: { readonly signal: AbortSignal }): Promise<LoadResult> {
    const answer = this.answers.get(query);
    if (answer instanceof PlayerError) throw answer;
    if (answer !== undefined) return answer;
    const gate = Promise.withResolvers<LoadResult>();
    this.gates.set(query, gate);
    signal.addEventListener('abort', () => gate.reject(signal.reason), { once: true });
    return gate.promise;
  }

  async search(): Promise<readonly Track[]> {
    return [];
  }

  async resolve(track: Track): Promise<Media> {
    this.resolved++;
    return { kind: 'file', path: `/${track.identifier}`, durationMs: track.durationMs, isLive: track.isLive };
  }
}

export class ScriptedPlayback extends EventEmitter<{ title: [] }> implements Playback {
  readonly path: string;
  readonly options: OpenMediaOptions;
  status: FrameSource['status'] = 'flowing';
  failure: PlayerError | undefined;
  closed = false;
  stationTitle: string | undefined;
  sound: SoundSettings;
  /** What it leads over into. */
  blend: { readonly next: Playback; readonly overMs: number } | undefined;
  layer: ScriptedLayer | undefined;
  framesLeft: number;
  comesIn = false;
  /** How many frames it takes to fall silent. */
  fadeFrames = 0;
  #fade: { framesLeft: number; readonly onSilent: () => void } | undefined;
  #taken = 0;

  constructor(path: string, frames: number, options: OpenMediaOptions) {
    super();
    this.path = path;
    this.framesLeft = frames;
    this.options = options;
    this.sound = options.sound;
  }

  get positionMs(): number {
    return this.options.startAtMs + this.#taken * 20;
  }

  next(): Buffer | undefined {
    if (this.failure !== undefined || this.framesLeft === 0 || this.#fade?.framesLeft === 0) return undefined;
    this.#taken++;
    if (this.#fade !== undefined && --this.#fade.framesLeft === 0) queueMicrotask(this.#fade.onSilent);
    if (this.blend !== undefined && this.framesLeft * 20 <= this.blend.overMs) this.blend.next.next();
    if (--this.framesLeft === 0) this.status = 'ended';
    return SILENCE_FRAME;
  }

  breakOff(error: PlayerError): void {
    this.failure = error;
    this.status = 'failed';
  }

  /** A station says what it plays. */
  announce(title: string): void {
    this.stationTitle = title;
    this.emit('title');
  }

  async ready(): Promise<void> {}

  setSound(sound: SoundSettings): void {
    this.sound = sound;
  }

  blendInto(next: Playback | undefined, overMs: number): void {
    this.blend = next && { next, overMs };
  }

  layOver(plan: LayerPlan): ScriptedLayer {
    this.layer = new ScriptedLayer(this, plan);
    return this.layer;
  }

  fadeOut(onSilent: () => void): void {
    if (this.fadeFrames === 0) onSilent();
    else this.#fade = { framesLeft: this.fadeFrames, onSilent };
  }

  resume(): void {
    this.#fade = undefined;
  }

  comeIn(): void {
    this.comesIn = true;
  }

  close(): void {
    this.closed = true;
  }
}

/** Takes the frames of its bed along, and is over at once when it is stopped. */
export class ScriptedLayer implements PlaybackLayer {
  readonly #playback: ScriptedPlayback;
  readonly plan: LayerPlan;
  bed: Playback | undefined;
  isStopped = false;

  constructor(playback: ScriptedPlayback, plan: LayerPlan) {
    this.#playback = playback;
    this.plan = plan;
  }

  get status(): FrameSource['status'] {
    return this.isStopped ? 'ended' : this.#playback.status;
  }

  over(bed: Playback | undefined): void {
    this.bed = bed;
  }

  isDue(): boolean {
    return true;
  }

  next(): Buffer | undefined {
    if (!this.plan.holdsBed) this.bed?.next();
    return this.isStopped ? undefined : this.#playback.next();
  }

  stop(): void {
    this.isStopped = true;
  }
}

export class ScriptedEngine implements MediaEngine {
  readonly opened: ScriptedPlayback[] = [];
  /** Failures by path, met in this order; once used up the path opens. */
  readonly failures = new Map<string, PlayerError[]>();
  framesPerTrack = 50;

  async open(media: Media, options: OpenMediaOptions): Promise<Playback> {
    if (media.kind !== 'file') throw new Error('scripted media are files');
    const failure = this.failures.get(media.path)?.shift();
    if (failure !== undefined) throw failure;
    const playback = new ScriptedPlayback(media.path, this.framesPerTrack - options.startAtMs / 20, options);
    this.opened.push(playback);
    return playback;
  }

  /** The playback of a path, the last one if it was opened again. */
  playback(path: string): ScriptedPlayback {
    const playback = this.opened.findLast((candidate) => candidate.path === path);
    if (playback === undefined) throw new Error(`${path} was not opened`);
    return playback;
  }
}

interface ScriptedLinkEvents {
  change: [];
  failed: [error: PlayerError];
  audienceChange: [count: number];
}

export class ScriptedLink extends EventEmitter<ScriptedLinkEvents> implements VoiceLink {
  status: VoiceStatus = 'disconnected';
  channelId: string | null = null;
  audience = 1;
  muted = false;
  source: FrameSource | undefined;
  paused = false;
  destroyed = false;
  readonly counts = { due: 0, sent: 0, late: 0, missing: 0, silence: 0 };

  get frames(): FrameCounts {
    return this.counts;
  }

  join(channelId: string): void {
    this.channelId = channelId;
    this.become('joining');
  }

  leave(): void {
    this.channelId = null;
    this.become('disconnected');
  }

  become(status: VoiceStatus): void {
    this.status = status;
    this.emit('change');
  }

  handleVoiceState(): void {}
  handleVoiceServer(): void {}

  play(source: FrameSource): void {
    this.source = source;
  }

  pause(): void {
    this.paused = true;
  }

  unpause(): void {
    this.paused = false;
  }

  stop(): void {
    this.source = undefined;
  }

  destroy(): void {
    this.destroyed = true;
  }

  /** So many ticks of the clock. Whoever listens to the source has acted when the promise resolves. */
  async tick(count = 1): Promise<void> {
    for (let done = 0; done < count; done++) {
      if (this.status === 'ready' && !this.paused && this.source?.next() !== undefined) this.counts.sent++;
      await settle();
    }
  }
}

/** Lets everything that waits on nothing outside run to its end. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
