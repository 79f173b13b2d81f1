import { EventEmitter } from 'node:events';
import { LIMITS, PlayerError } from '@bandstand/protocol';
import type { Clock } from '../clock.ts';
import { cleanText } from '../sources/clean-text.ts';
import { crossfadeMsBetween } from './crossfade-length.ts';
import { FadingTail } from './fading-tail.ts';
import { type GuildSound, NEUTRAL_SOUND } from './guild-sound.ts';
import { ObservedSource } from './observed-source.ts';
import type { Playback, VoiceLink } from './ports.ts';
import type { Prefetch, ReadyEntry } from './prefetch.ts';
import type { QueueEntry } from './queue-entry.ts';
import { Recovery, type RecoveryOptions } from './recovery.ts';
import type { OpenTrackOptions, TrackOpener } from './track-opener.ts';
import { canMove, ownedBy, type TrackPlayerState } from './track-player-state.ts';
import type { TrackSounds } from './track-sounds.ts';

export interface TrackPlayerEvents {
  stateChange: [previous: TrackPlayerState, next: TrackPlayerState];
  /** The first frame of an entry left for the channel. Once per entry, not after a seek. */
  started: [entry: QueueEntry, positionMs: number];
  /** The last frame left. */
  finished: [entry: QueueEntry, positionMs: number];
  /** A failure that is being mended by opening the track again where it stopped. */
  recovering: [entry: QueueEntry, error: PlayerError, positionMs: number];
  /** A station plays something else now, or says nothing of it any more (`null`). Not before `started`. */
  title: [entry: QueueEntry, title: string | null];
  /** The entry cannot be played (any further). */
  failed: [entry: QueueEntry, error: PlayerError, positionMs: number];
}

export interface TrackPlayerOptions extends RecoveryOptions {
  readonly opener: TrackOpener;
  readonly prefetch: Prefetch;
  readonly sounds: TrackSounds;
  readonly output: Pick<VoiceLink, 'play' | 'pause' | 'unpause' | 'stop'>;
  readonly clock: Clock;
}

/** A pause that nobody hears fading, because no frames are taken, holds from then on. */
const PAUSE_DEADLINE_MS = 150;

/** Plays one track at a time into the voice session. Knows nothing of the queue or the wire. */
export class TrackPlayer extends EventEmitter<TrackPlayerEvents> {
  readonly #options: TrackPlayerOptions;
  #state: TrackPlayerState = { status: 'idle' };
  #sound = NEUTRAL_SOUND;
  readonly #recovery: Recovery;
  /** What is still heard of a track that was left. */
  readonly #tail: FadingTail;
  #cancelPause: (() => void) | undefined;
  /** What sounds already because it was ready when the track before ended, and was not asked for yet. */
  #handover: { readonly entry: QueueEntry; readonly endedAtMs: number } | undefined;

  constructor(options: TrackPlayerOptions) {
    super();
    this.#options = options;
    options.sounds.on('change', () => this.setSound(this.#sound));
    options.prefetch.on('change', () => this.#leadOver());
    this.#recovery = new Recovery(options);
    this.#tail = new FadingTail(options);
  }

  get state(): TrackPlayerState {
    return this.#state;
  }

  /** Inside the current track; 0 without one. Of a track that ended by itself its end, until another is asked for. */
  get positionMs(): number {
    if (this.#handover !== undefined) return this.#handover.endedAtMs;
    switch (this.#state.status) {
      case 'loading':
        return this.#state.startAtMs;
      case 'playing':
      case 'paused':
        return this.#state.playback.positionMs;
      default:
        return 0;
    }
  }

  get sound(): GuildSound {
    return this.#sound;
  }

  /** What the station that is heard says it plays. */
  get stationTitle(): string | null {
    return 'playback' in this.#state ? titleOf(this.#state.playback) : null;
  }

  /** Whether frames of the current entry have left already. */
  get audible(): boolean {
    return this.#state.status === 'playing' && this.#state.announced;
  }

  /** Replaces whatever is playing. Its outcome is told by events. */
  play(entry: QueueEntry, options: { readonly startAtMs?: number; readonly paused?: boolean } = {}): void {
    const isOn = this.#handover?.entry === entry && (options.startAtMs ?? 0) === 0;
    this.#handover = undefined;
    if (isOn) {
      if (options.paused === true) this.pause();
      return;
    }
    this.#recovery.reset();
    this.#load(entry, {
      startAtMs: options.startAtMs ?? 0,
      paused: options.paused ?? false,
      announced: false,
    });
  }

  /** Continues the current track elsewhere. Only while there is one. */
  seek(positionMs: number): void {
    const state = this.#state;
    if (state.status === 'idle' || state.status === 'destroyed') throw new Error('bug: seek without a track');
    const paused = state.status === 'loading' ? state.paused : state.status === 'paused';
    this.#options.prefetch.dropHeard();
    this.#load(state.entry, { startAtMs: positionMs, paused, announced: state.announced });
  }

  /** @returns Whether anything changed. */
  pause(): boolean {
    const state = this.#state;
    if (state.status === 'loading' && !state.paused) {
      this.#transition({ ...state, paused: true });
      return true;
    }
    if (state.status !== 'playing') return false;
    this.#transition({ ...state, status: 'paused' });
    const { playback } = state;
    this.#cancelPause = this.#options.clock.schedule(PAUSE_DEADLINE_MS, () => this.#silenced(playback));
    playback.fadeOut(() => this.#silenced(playback));
    return true;
  }

  /** @returns Whether anything changed. */
  resume(): boolean {
    const state = this.#state;
    if (state.status === 'loading' && state.paused) {
      this.#transition({ ...state, paused: false });
      return true;
    }
    if (state.status !== 'paused') return false;
    const { entry, announced, playback } = state;
    if (entry.track.isLive) {
      // What it buffered is the past by now.
      this.#load(entry, { startAtMs: playback.positionMs, paused: false, announced });
      return true;
    }
    this.#cancelPause?.();
    playback.resume();
    this.#options.output.unpause();
    this.#transition({ ...state, status: 'playing' });
    return true;
  }

  setSound(sound: GuildSound): void {
    const { sounds, prefetch } = this.#options;
    this.#sound = sound;
    sounds.enabled = sound.normalize;
    if (this.#state.status === 'playing' || this.#state.status === 'paused')
      this.#state.playback.setSound(sounds.soundOf(sound, this.#state.entry));
    prefetch.setSound(sound);
    this.#leadOver();
  }

  /** Ends the current track without a word; the caller knows why. */
  stop(): void {
    if (this.#state.status === 'idle' || this.#state.status === 'destroyed') return;
    this.#leave();
    this.#transition({ status: 'idle' });
  }

  destroy(): void {
    if (this.#state.status === 'destroyed') return;
    this.#tail.cut();
    this.#options.output.stop();
    this.#transition({ status: 'destroyed' });
    this.removeAllListeners();
  }

  #load(
    entry: QueueEntry,
    how: {
      readonly startAtMs: number;
      readonly paused: boolean;
      readonly announced: boolean;
      readonly fresh?: boolean;
      /** Opened again after so long: one try, which counts. */
      readonly waitMs?: number;
    },
  ): void {
    const abort = new AbortController();
    const { startAtMs, paused, announced, fresh = false, waitMs } = how;
    const load = { close: () => abort.abort() };
    this.#leave();
    this.#transition({ status: 'loading', entry, startAtMs, paused, announced, load });
    void this.#open(entry, { startAtMs, fresh, waitMs, signal: abort.signal }).then(
      (playback) => this.#opened(load, playback),
      (error: unknown) => this.#openFailed(load, error),
    );
  }

  async #open(entry: QueueEntry, how: Omit<OpenTrackOptions, 'sound'>): Promise<Playback> {
    const { prefetch, opener, sounds } = this.#options;
    const isPrepared = how.startAtMs === 0 && how.fresh !== true;
    const prepared = isPrepared ? await prefetch.take(entry, how.signal) : undefined;
    return (
      prepared ?? (await opener.open(entry.track, { ...how, sound: sounds.soundOf(this.#sound, entry) }))
    );
  }

  #opened(load: { close(): void }, playback: Playback): void {
    const state = this.#state;
    if (state.status !== 'loading' || state.load !== load) {
      playback.close(); // replaced meanwhile
      return;
    }
    const { entry, announced, paused } = state;
    playback.setSound(this.#options.sounds.soundOf(this.#sound, entry));
    this.#transition({ status: paused ? 'paused' : 'playing', entry, announced, playback });
    if (this.#tail.playback !== undefined) playback.comeIn();
    this.#tail.follow(() => this.#give(playback));
    this.#leadOver();
    if (announced) this.#titled(playback);
  }

  /** Gives the output what is on, if it still is. */
  #give(playback: Playback): boolean {
    const state = this.#state;
    if (!('playback' in state) || state.playback !== playback) return false;
    const { output } = this.#options;
    output.play(this.#observed(playback));
    if (state.status === 'paused') output.pause();
    else output.unpause();
    return true;
  }

  /** What is heard now shall not be heard any more. Its state goes at once; a frame or two of it remain. */
  #leave(): void {
    if (this.#state.status === 'playing' && this.#state.announced) this.#tail.leave(this.#state.playback);
    else if (this.#tail.playback === undefined) this.#options.output.stop();
  }

  #silenced(playback: Playback): void {
    this.#cancelPause?.();
    if (this.#state.status === 'paused' && this.#state.playback === playback) this.#options.output.pause();
  }

  #observed(playback: Playback): ObservedSource {
    playback.on('title', () => this.#titled(playback));
    return new ObservedSource(playback, {
      onFirstFrame: () => this.#firstFrame(playback),
      onEnded: () => this.#ended(playback),
      onFailed: () => this.#broke(playback),
    });
  }

  #openFailed(load: { close(): void }, error: unknown): void {
    const state = this.#state;
    if (state.status !== 'loading' || state.load !== load) return; // replaced or destroyed: its failure is nobody's news
    const { entry, startAtMs, announced } = state;
    const failure = asPlayerError(error);
    if (entry.track.isLive && announced) this.#recover(state, failure, startAtMs);
    else this.#giveUp(entry, failure, startAtMs);
  }

  #firstFrame(playback: Playback): void {
    const state = this.#state;
    if (!('playback' in state) || state.playback !== playback || state.announced) return;
    this.#transition({ ...state, announced: true });
    this.emit('started', state.entry, playback.positionMs);
    this.#titled(playback);
  }

  #titled(playback: Playback): void {
    const state = this.#state;
    if (!('playback' in state) || state.playback !== playback || !state.announced) return;
    if (playback.stationTitle !== undefined) this.emit('title', state.entry, titleOf(playback));
  }

  #ended(playback: Playback): void {
    const state = this.#state;
    if (!('playback' in state) || state.playback !== playback) return;
    const { positionMs } = playback;
    const next = this.#options.prefetch.takeReady();
    if (next === undefined) this.#transition({ status: 'idle' });
    else this.#handOver(next, positionMs);
    this.emit('finished', state.entry, positionMs);
    if (this.#state.status === 'idle') this.#options.output.stop();
  }

  /** What was made ready follows in the very next tick: whoever decides what is played hears of the end only later. */
  #handOver({ entry, playback }: ReadyEntry, endedAtMs: number): void {
    this.#recovery.reset();
    this.#handover = { entry, endedAtMs };
    this.#options.output.play(this.#observed(playback));
    this.#transition({ status: 'playing', entry, announced: false, playback });
  }

  /** What is on leads over to what follows, as soon as that is ready. */
  #leadOver(): void {
    const state = this.#state;
    if (!('playback' in state)) return;
    const next = this.#options.prefetch.ready;
    const overMs = next && crossfadeMsBetween(state.entry.track, next.entry.track, this.#sound.crossfadeMs);
    state.playback.blendInto(next?.playback, overMs ?? 0);
  }

  #broke(playback: Playback): void {
    const state = this.#state;
    if (!('playback' in state) || state.playback !== playback) return;
    const { positionMs } = playback;
    const error = playback.failure ?? new PlayerError('INTERNAL', 'playback failed without a reason');
    this.#recover(state, error, positionMs);
  }

  #recover(
    state: Extract<TrackPlayerState, { readonly entry: QueueEntry }>,
    error: PlayerError,
    positionMs: number,
  ): void {
    const { entry, announced } = state;
    const step = this.#recovery.next(error, positionMs, entry.track.isLive);
    if (step.type === 'give-up') {
      this.#giveUp(entry, step.error, positionMs);
      return;
    }
    this.emit('recovering', entry, step.error, positionMs);
    if (this.#state !== state) return;
    this.#options.prefetch.dropHeard();
    const paused = state.status === 'loading' ? state.paused : state.status === 'paused';
    const { waitMs } = step;
    this.#load(entry, { startAtMs: positionMs, paused, announced, fresh: true, waitMs });
  }

  #giveUp(entry: QueueEntry, error: PlayerError, positionMs: number): void {
    this.#leave();
    this.#transition({ status: 'idle' });
    this.emit('failed', entry, error, positionMs);
  }

  /** The only place that assigns the state. */
  #transition(next: TrackPlayerState): void {
    const previous = this.#state;
    if (!('entry' in next) || next.entry !== this.#handover?.entry) this.#handover = undefined;
    if (!canMove(previous.status, next.status)) {
      throw new Error(`bug: track player moved ${previous.status} -> ${next.status}`);
    }
    this.#state = next;
    const dropped = ownedBy(previous);
    if (dropped !== ownedBy(next) && dropped !== this.#tail.playback) dropped?.close();
    this.#options.sounds.follow(next);
    this.emit('stateChange', previous, next);
  }
}

function titleOf({ stationTitle }: Playback): string | null {
  return cleanText(stationTitle, LIMITS.titleCharacters) ?? null;
}

function asPlayerError(error: unknown): PlayerError {
  if (error instanceof PlayerError) return error;
  return new PlayerError('INTERNAL', 'the track could not be opened', { cause: error });
}
