import { PlayerError } from '@bandstand/protocol';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { Media } from '../audio/media.ts';
import type { Clock } from '../clock.ts';
import { FairGate } from '../sources/sharing/fair-gate.ts';
import { SingleFlight } from '../sources/sharing/single-flight.ts';
import type { RequestOptions, Track } from '../sources/source.ts';
import type { TrackLoudness } from './track-loudness.ts';

export interface LoudnessLibraryOptions {
  readonly store: {
    find(track: Track, nowMs: number): Promise<TrackLoudness | undefined>;
    save(track: Track, loudness: TrackLoudness, nowMs: number): Promise<void>;
  };
  readonly sources: { resolve(track: Track, options: RequestOptions): Promise<Media> };
  readonly thread: { measure(media: Media, signal: AbortSignal): Promise<TrackLoudness> };
  /** Measurements at a time; with 0, what was measured before is all there is. */
  readonly jobs: number;
  readonly maxTrackMs: number;
  readonly clock: Clock;
  readonly log: Logger;
}

const KEPT_IN_MEMORY = 10_000;
/** What could not be measured is not tried again before. */
const FAILED_MS = 30 * 60_000;
const MAX_WAITING = 1_000;
const MAX_WAIT_MS = 30 * 60_000;
/** Of the database: a track does not wait for its loudness. */
const RECALL_DEADLINE_MS = 500;

/** Nothing is wrong with the track: it is worth another try as soon as somebody asks. */
const OF_THE_MOMENT: readonly string[] = ['SOURCE_BUSY', 'PLAYER_BUSY', 'PLAYER_SHUTTING_DOWN'];

/**
 * How loud tracks are: remembered, or else measured once for all who ask, a few at a time, guild by guild in turn. What cannot
 * be told is `undefined`; nothing here ever rejects, because music goes on without.
 */
export class LoudnessLibrary implements AsyncDisposable {
  readonly #options: LoudnessLibraryOptions;
  readonly #gate: FairGate;
  readonly #flights = new SingleFlight<TrackLoudness>();
  readonly #known = new LRUCache<string, TrackLoudness>({ max: KEPT_IN_MEMORY });
  readonly #failed = new LRUCache<string, true>({ max: KEPT_IN_MEMORY, ttl: FAILED_MS });
  readonly #running = new Set<Promise<TrackLoudness>>();
  readonly #closing = new AbortController();

  constructor(options: LoudnessLibraryOptions) {
    this.#options = options;
    this.#gate = new FairGate({ slots: options.jobs, maxWaiting: MAX_WAITING, maxWaitMs: MAX_WAIT_MS });
  }

  /** What was measured some time before. */
  async recall(track: Track): Promise<TrackLoudness | undefined> {
    if (!this.#isMeasurable(track)) return undefined;
    const key = keyOf(track);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const { store, clock, log } = this.#options;
    try {
      const stored = await within(RECALL_DEADLINE_MS, clock, store.find(track, clock.nowMs()));
      if (stored !== undefined) this.#known.set(key, stored);
      return stored;
    } catch (error) {
      log.debug({ err: error }, 'the loudness of a track could not be looked up');
      return undefined;
    }
  }

  /** The same, and measures it if it is not known. Resolves when that is over, or soon after an abort. */
  async measure(track: Track, { signal, share }: RequestOptions): Promise<TrackLoudness | undefined> {
    const known = await this.recall(track);
    const key = keyOf(track);
    if (known !== undefined || !this.#mayMeasure(track) || this.#failed.has(key)) return known;
    const either = AbortSignal.any([signal, this.#closing.signal]);
    try {
      return await this.#flights.run(key, either, (flight) => {
        const running = this.#measure(track, { signal: flight, share });
        this.#running.add(running);
        return running.finally(() => this.#running.delete(running));
      });
    } catch (error) {
      if (either.aborted) return undefined;
      const isOfTheMoment = error instanceof PlayerError && OF_THE_MOMENT.includes(error.code);
      if (!isOfTheMoment) this.#failed.set(key, true);
      this.#options.log.debug({ err: error }, 'a track could not be measured');
      return undefined;
    }
  }

  /** Gives up what waits and what runs; nothing is begun any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new PlayerError('PLAYER_SHUTTING_DOWN', 'nothing is measured any more'));
    await Promise.allSettled(this.#running);
  }

  async #measure(track: Track, options: RequestOptions): Promise<TrackLoudness> {
    const { sources, thread, store, clock, log } = this.#options;
    using _slot = await this.#gate.enter(options.share, options.signal);
    const media = await sources.resolve(track, options);
    if (media.isLive) throw new PlayerError('MEDIA_UNSUPPORTED', 'a live stream has no loudness of its own');
    const startedAtMs = clock.nowMs();
    const loudness = await thread.measure(media, options.signal);
    this.#known.set(keyOf(track), loudness);
    log.debug({ ...loudness, tookMs: clock.nowMs() - startedAtMs }, 'track measured');
    await store.save(track, loudness, clock.nowMs()).catch((error: unknown) => {
      log.debug({ err: error }, 'the loudness of a track is known for now, but could not be stored');
    });
    return loudness;
  }

  #mayMeasure(track: Track): boolean {
    return this.#options.jobs > 0 && this.#isMeasurable(track);
  }

  #isMeasurable({ isLive, durationMs = 0 }: Track): boolean {
    return !isLive && durationMs <= this.#options.maxTrackMs;
  }
}

function keyOf({ source, identifier }: Track): string {
  return `${source}\n${identifier}`;
}

/** The value, or `undefined` if it takes longer. */
function within<T>(ms: number, clock: Clock, value: Promise<T>): Promise<T | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const cancel = clock.schedule(ms, () => resolve(undefined));
  return Promise.race([value, late]).finally(cancel);
}
