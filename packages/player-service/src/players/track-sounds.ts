import { EventEmitter } from 'node:events';
import type { SoundSettings } from '../audio/sound.ts';
import type { Clock } from '../clock.ts';
import { staticGainDb } from '../loudness/static-gain.ts';
import type { TrackLoudness } from '../loudness/track-loudness.ts';
import type { RequestOptions, Track } from '../sources/source.ts';
import type { GuildSound } from './guild-sound.ts';
import type { QueueEntry } from './queue-entry.ts';
import type { TrackPlayerState } from './track-player-state.ts';
import { soundOf } from './track-sound.ts';

/** What the players use of loudness/. Neither of them rejects; `undefined` is "nobody knows". */
export interface LoudnessOf {
  /** What was measured some time before. */
  recall(track: Track): Promise<TrackLoudness | undefined>;
  /** The same, and measures it in the background if it is not known. */
  measure(track: Track, options: RequestOptions): Promise<TrackLoudness | undefined>;
}

export interface TrackSoundsOptions {
  readonly loudness: LoudnessOf;
  readonly targetLufs: number;
  /** Whose turn at measuring this takes: the guild. */
  readonly share: string;
  readonly clock: Clock;
}

/** An entry whose loudness matters: it is on, or follows. */
interface Followed {
  readonly entry: QueueEntry;
  readonly abort: AbortController;
  gainDb: number;
  isKnown: boolean;
  isAsking: boolean;
  /** What it takes to play it comes first. */
  mayMeasure: boolean;
  isMeasured: boolean;
  isHeard: boolean;
  cancelEasing: (() => void) | undefined;
}

/** A gain that becomes known while the track is heard already comes as slowly as a hand would move a fader. */
const EASE_STEPS = 15;
const EASE_STEP_MS = 200;

/**
 * How each track of a guild is to sound: as the guild wants it, amplified so that all are equally loud, at the bit rate that the voice
 * channel allows. `change` tells that it is otherwise now. Looks for loudness, and has it measured, only while the guild wants
 * its tracks normalised.
 */
export class TrackSounds extends EventEmitter<{ change: [] }> {
  readonly #options: TrackSoundsOptions;
  #isEnabled = false;
  #bitrateBps: number | undefined;
  #current: Followed | undefined;
  #next: Followed | undefined;

  constructor(options: TrackSoundsOptions) {
    super();
    this.#options = options;
  }

  set enabled(isEnabled: boolean) {
    this.#isEnabled = isEnabled;
    for (const followed of this.#all) this.#ask(followed);
  }

  /** What the voice channel allows whoever sends; `undefined` until that is known. */
  get bitrateBps(): number | undefined {
    return this.#bitrateBps;
  }

  set bitrateBps(bitrateBps: number) {
    if (bitrateBps === this.#bitrateBps) return;
    this.#bitrateBps = bitrateBps;
    this.emit('change');
  }

  /** How one entry is to sound now. */
  soundOf(sound: GuildSound, entry: QueueEntry): SoundSettings {
    const bitrateBps = this.#bitrateBps;
    return { ...soundOf(sound, entry.track, this.#find(entry)?.gainDb ?? 0), bitrateBps };
  }

  /** Keeps up with what the track player does. */
  follow(state: TrackPlayerState): void {
    if (state.status === 'destroyed') this.#close();
    if (!('entry' in state)) return;
    this.#play(state.entry);
    if (state.status === 'loading') return;
    this.measure(state.entry);
    if (state.announced && this.#current !== undefined) this.#current.isHeard = true;
  }

  /** The entry follows the one that is on. */
  prepare(entry: QueueEntry): void {
    if (this.#find(entry) !== undefined) return;
    if (this.#next !== undefined) drop(this.#next);
    this.#next = this.#track(entry);
  }

  /** What it takes to play the entry is done: it may be measured if it must. */
  measure(entry: QueueEntry): void {
    const followed = this.#find(entry);
    if (followed === undefined) return;
    followed.mayMeasure = true;
    this.#ask(followed);
  }

  #play(entry: QueueEntry): void {
    if (this.#current?.entry.entryId === entry.entryId) return;
    const before = this.#current;
    this.#current = this.#find(entry) ?? this.#track(entry);
    if (this.#next === this.#current) this.#next = undefined;
    if (before !== undefined) drop(before);
  }

  #close(): void {
    for (const followed of this.#all) drop(followed);
    this.#current = undefined;
    this.#next = undefined;
    this.removeAllListeners();
  }

  get #all(): readonly Followed[] {
    return [this.#current, this.#next].filter((followed) => followed !== undefined);
  }

  #find({ entryId }: QueueEntry): Followed | undefined {
    return this.#all.find(({ entry }) => entry.entryId === entryId);
  }

  #track(entry: QueueEntry): Followed {
    const followed: Followed = {
      entry,
      abort: new AbortController(),
      gainDb: 0,
      isKnown: entry.track.isLive, // as much as it ever will be
      isAsking: false,
      mayMeasure: false,
      isMeasured: false,
      isHeard: false,
      cancelEasing: undefined,
    };
    this.#ask(followed);
    return followed;
  }

  #ask(followed: Followed): void {
    if (!this.#isEnabled || followed.isKnown || followed.isAsking || followed.isMeasured) return;
    const { loudness, share } = this.#options;
    const { entry, abort, mayMeasure } = followed;
    followed.isAsking = true;
    const answer = mayMeasure
      ? loudness.measure(entry.track, { signal: abort.signal, share })
      : loudness.recall(entry.track);
    void answer.then((found) => {
      if (abort.signal.aborted) return;
      followed.isAsking = false;
      followed.isMeasured = mayMeasure;
      if (found !== undefined) this.#learn(followed, found);
      else if (followed.mayMeasure) this.#ask(followed); // it may be measured since it was looked up
    });
  }

  #learn(followed: Followed, loudness: TrackLoudness): void {
    followed.isKnown = true;
    const gainDb = staticGainDb(loudness, this.#options);
    if (followed.isHeard) this.#ease(followed, gainDb, EASE_STEPS);
    else this.#set(followed, gainDb);
  }

  #ease(followed: Followed, gainDb: number, steps: number): void {
    this.#set(followed, followed.gainDb + (gainDb - followed.gainDb) / steps);
    followed.cancelEasing =
      steps === 1
        ? undefined
        : this.#options.clock.schedule(EASE_STEP_MS, () => this.#ease(followed, gainDb, steps - 1));
  }

  #set(followed: Followed, gainDb: number): void {
    if (followed.gainDb === gainDb) return;
    followed.gainDb = gainDb;
    this.emit('change');
  }
}

function drop({ abort, cancelEasing }: Followed): void {
  abort.abort();
  cancelEasing?.();
}
