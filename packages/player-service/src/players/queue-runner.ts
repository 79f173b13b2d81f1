import type { EndReason, EntryId, PlayerError } from '@bandstand/protocol';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { GuildAnnouncer } from './guild-announcer.ts';
import type { GuildQueue } from './guild-queue.ts';
import type { Prefetch } from './prefetch.ts';
import type { QueueEntry } from './queue-entry.ts';
import type { TrackDeck } from './track-deck.ts';
import type { TrackPlayer } from './track-player.ts';
import { trackSpeed } from './track-sound.ts';

export interface QueueRunnerOptions {
  readonly queue: GuildQueue;
  /** Tells what becomes of the current track. */
  readonly trackPlayer: TrackPlayer;
  /** Takes what is asked of it. */
  readonly deck: TrackDeck;
  readonly prefetch: Prefetch;
  readonly announce: GuildAnnouncer;
  readonly clock: Clock;
  readonly log: Logger;
  /** The first frames of what follows are made ready when the current track has this much left. */
  readonly prefetchMs: number;
  /** Tracks in a row that cannot be played before it stops trying. */
  readonly failuresInARow: number;
  /** Whether there is, or soon will be, a voice session to play into. */
  readonly mayBegin: () => boolean;
  /** Takes what happened by itself, to be carried out in the guild's turn. */
  readonly happened: (apply: () => void) => void;
  /** Takes what is only told. */
  readonly observed: (tell: () => void) => void;
  /** The queue changed by playing on; the current entry may have too. */
  readonly onQueueChange: () => void;
  /** The last entry ended and nothing follows. */
  readonly onRunOut: () => void;
  /** So many tracks in a row failed that it gave up. */
  readonly onGiveUp: () => void;
}

/** Where an entry that was put back into the queue goes on. */
export interface Shelved {
  readonly entryId: EntryId;
  readonly positionMs: number;
  readonly paused: boolean;
}

/** How often the end of a track is looked for, to prepare the next. */
const PREFETCH_CHECK_MS = 1_000;

/** Plays the queue, one entry after the other: what ends, what follows, what is made ready meanwhile. */
export class QueueRunner {
  readonly #options: QueueRunnerOptions;
  #failures = 0;
  shelved: Shelved | undefined;
  #cancelPrefetchCheck: (() => void) | undefined;

  constructor(options: QueueRunnerOptions) {
    this.#options = options;
    const { trackPlayer, announce, log, happened, observed } = options;
    trackPlayer.on('started', () => {
      this.#failures = 0;
      this.#checkPrefetch();
    });
    trackPlayer.on('finished', (entry, positionMs) => {
      happened(() => {
        if (!this.#isCurrent(entry)) return;
        announce.songEnded(entry, 'finished', positionMs);
        this.#advance('finished');
      });
    });
    trackPlayer.on('recovering', (entry, error) => {
      log.warn({ err: error, entryId: entry.entryId }, 'track broke off; opening it again');
      observed(() => announce.failed(error, { entry, nextStep: 'retrying' }));
    });
    trackPlayer.on('failed', (entry, error, positionMs) => {
      happened(() => {
        if (this.#isCurrent(entry)) this.#trackFailed(entry, error, positionMs);
      });
    });
  }

  /** Begins with the queue unless something plays already, or nobody would hear it. @returns Whether it began. */
  begin(): boolean {
    const { queue, mayBegin } = this.#options;
    if (queue.current !== undefined || !mayBegin()) return false;
    const next = queue.advance('finished');
    if (next !== undefined) this.#start(next);
    return next !== undefined;
  }

  /** The current entry ends now, on purpose; the next one begins. */
  moveOn(reason: EndReason): QueueEntry | undefined {
    this.endCurrent(reason);
    return this.#advance('skipped');
  }

  /**
   * The entry played before begins again; what was current becomes the next.
   *
   * @throws PlayerError `NO_PREVIOUS`
   */
  goBack(): QueueEntry {
    const { queue, deck, announce } = this.#options;
    const { current } = queue;
    const { positionMs } = deck;
    const entry = queue.back();
    if (current !== undefined) announce.songEnded(current, 'replaced', positionMs);
    this.#start(entry);
    return entry;
  }

  /** Stops the current entry; it stays the queue's current one until the caller decides. */
  endCurrent(reason: EndReason): void {
    const { queue, deck, announce } = this.#options;
    const { current } = queue;
    if (current === undefined) return;
    const { positionMs } = deck;
    deck.stop();
    this.#stopPrefetchCheck();
    announce.songEnded(current, reason, positionMs);
  }

  /** Stops, and puts the current entry back at the head of the queue, to go on where it was. */
  shelve(): void {
    const { queue, deck } = this.#options;
    const { positionMs } = deck;
    this.endCurrent('stopped');
    const shelved = queue.shelveCurrent();
    if (shelved !== undefined) this.shelved = { entryId: shelved.entryId, positionMs, paused: false };
  }

  /** Something else follows now, perhaps: what was made ready for nothing is dropped, what is due soon is made ready. */
  followingChanged(): void {
    this.#options.prefetch.keepOnly(this.#options.queue.following);
    if (this.#cancelPrefetchCheck !== undefined) this.#checkPrefetch();
  }

  close(): void {
    this.#stopPrefetchCheck();
    this.#options.prefetch.close();
  }

  /** Between the end of a track and its turn here a command may have put another in its place. */
  #isCurrent(entry: QueueEntry): boolean {
    return this.#options.queue.current === entry;
  }

  #advance(how: 'finished' | 'skipped' | 'failed'): QueueEntry | undefined {
    const next = this.#options.queue.advance(how);
    if (next === undefined) this.#options.onRunOut();
    else this.#start(next);
    return next;
  }

  #start(entry: QueueEntry): void {
    const shelved = this.shelved?.entryId === entry.entryId ? this.shelved : undefined;
    this.shelved = undefined;
    this.#options.deck.play(entry, {
      startAtMs: shelved?.positionMs ?? 0,
      paused: shelved?.paused ?? false,
    });
    this.#options.onQueueChange();
  }

  #trackFailed(entry: QueueEntry, error: PlayerError, positionMs: number): void {
    const { queue, announce, log, failuresInARow } = this.#options;
    const givesUp = ++this.#failures >= failuresInARow;
    log.warn({ err: error, entryId: entry.entryId, givesUp }, 'track cannot be played');
    announce.failed(error, { entry, nextStep: givesUp ? 'stopped' : 'skipped' });
    announce.songEnded(entry, 'loadFailed', positionMs);
    if (!givesUp) {
      this.#advance('failed');
      return;
    }
    this.#failures = 0;
    queue.endCurrent();
    this.#options.prefetch.dropHeard();
    this.#options.onGiveUp();
  }

  #checkPrefetch(): void {
    this.#stopPrefetchCheck();
    const { queue, trackPlayer, prefetch, clock, prefetchMs } = this.#options;
    const { current, following } = queue;
    if (current === undefined) return;
    this.#cancelPrefetchCheck = clock.schedule(PREFETCH_CHECK_MS, () => this.#checkPrefetch());
    // Between the end of a track and its turn here the next one is on already.
    const { state } = trackPlayer;
    if (following === undefined || !('entry' in state) || state.entry !== current) return;
    const { durationMs } = current.track;
    const speed = trackSpeed(trackPlayer.sound, current.track);
    const leftMs =
      durationMs === undefined ? Number.POSITIVE_INFINITY : (durationMs - trackPlayer.positionMs) / speed;
    // A station that waits for its turn would be heard late by as long as it waited.
    if (leftMs <= prefetchMs + trackPlayer.sound.crossfadeMs && !following.track.isLive)
      prefetch.open(following, trackPlayer.sound);
    else prefetch.warm(following);
  }

  #stopPrefetchCheck(): void {
    this.#cancelPrefetchCheck?.();
    this.#cancelPrefetchCheck = undefined;
  }
}
