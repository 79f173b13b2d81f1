import type { GuildId } from '@bandstand/protocol';
import { backoffMs } from '../backoff.ts';
import { type Clock, sleep, systemClock } from '../clock.ts';
import { Slots } from '../slots.ts';
import type { GuildEvent } from './event-publisher.ts';
import type { EventSubscriber, GapReason } from './event-subscriber.ts';
import { replayAfter, type SnapshotHead } from './replay.ts';

/** Snapshots asked for at once: after a restart every guild needs one. */
const MAX_FETCHES = 8;
/** Events kept for one guild while its snapshot is on its way. */
const MAX_BUFFERED = 1_000;

/** Why a snapshot was fetched. */
export type SyncReason = 'followed' | GapReason;

export interface GuildFeedOptions<S extends SnapshotHead> {
  readonly subscriber: EventSubscriber;
  /** Usually GET_STATE. Asked again, with back-off, until it succeeds or the guild is not followed any more. */
  readonly fetchSnapshot: (guildId: GuildId, signal: AbortSignal) => Promise<S>;
  /** Replaces everything known of the guild. */
  readonly onSnapshot: (guildId: GuildId, snapshot: S, reason: SyncReason) => void;
  /** Leads on from the last snapshot or event of the guild without a gap. */
  readonly onEvent: (event: GuildEvent) => void;
  /** For the log; it is tried again. */
  readonly onFetchFailed?: (guildId: GuildId, error: unknown) => void;
  readonly clock?: Clock;
  /** In [0, 1); spreads the retries. */
  readonly random?: () => number;
}

interface Live {
  readonly status: 'live';
}

/** A snapshot is on its way. */
interface Syncing {
  readonly status: 'syncing';
  readonly reason: SyncReason;
  /** What came meanwhile. */
  readonly buffer: GuildEvent[];
  /** A later one is known to exist: a snapshot that does not lead up to it is too old. */
  reach: number;
  readonly abort: AbortController;
}

/**
 * Feeds a mirror of each followed guild: a snapshot first, then every event after it, and a new snapshot after each gap.
 *
 * An event that is part of a snapshot is not handed over again. Requests that only pass through as events (VOICE_GATEWAY_SEND,
 * PLAYER_ERROR) are therefore taken from the subscriber's `event`, which shows each of them once and at once.
 */
export class GuildFeed<S extends SnapshotHead> {
  readonly #options: GuildFeedOptions<S>;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #guilds = new Map<GuildId, Live | Syncing>();
  readonly #fetches = new Slots(MAX_FETCHES, Number.POSITIVE_INFINITY);

  constructor(options: GuildFeedOptions<S>) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    options.subscriber.on('event', this.#onEvent);
    options.subscriber.on('gap', this.#onGap);
  }

  /** Subscribes to the guild and fetches its first snapshot. */
  follow(guildId: GuildId): void {
    if (this.#guilds.has(guildId)) return;
    this.#options.subscriber.subscribe(guildId);
    this.#sync(guildId, 'followed');
  }

  unfollow(guildId: GuildId): void {
    const state = this.#guilds.get(guildId);
    if (state === undefined) return;
    if (state.status === 'syncing') state.abort.abort();
    this.#guilds.delete(guildId);
    this.#options.subscriber.unsubscribe(guildId);
  }

  /** Whether the mirror of the guild is up to date, as far as anyone can know. */
  isLive(guildId: GuildId): boolean {
    return this.#guilds.get(guildId)?.status === 'live';
  }

  /** Ends every fetch. The subscriber stays open: it is the caller's. */
  close(): void {
    for (const guildId of [...this.#guilds.keys()]) this.unfollow(guildId);
    this.#options.subscriber.off('event', this.#onEvent);
    this.#options.subscriber.off('gap', this.#onGap);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  readonly #onEvent = (event: GuildEvent): void => {
    const state = this.#guilds.get(event.guildId);
    if (state === undefined) return;
    if (state.status === 'live') this.#options.onEvent(event);
    // Beyond the limit the oldest goes; if the snapshot does not hold it, the hole shows and another one is fetched.
    else if (state.buffer.push(event) > MAX_BUFFERED) state.buffer.shift();
  };

  readonly #onGap = (guildId: GuildId, reason: GapReason, sequence: number | undefined): void => {
    const state = this.#guilds.get(guildId);
    if (state === undefined) return;
    if (state.status === 'live' || reason === 'epoch') this.#sync(guildId, reason);
    else state.reach = Math.max(state.reach, sequence ?? 0); // the snapshot on its way may cover it
  };

  #sync(guildId: GuildId, reason: SyncReason): void {
    const previous = this.#guilds.get(guildId);
    if (previous?.status === 'syncing') previous.abort.abort();
    const state: Syncing = { status: 'syncing', reason, buffer: [], reach: 0, abort: new AbortController() };
    this.#guilds.set(guildId, state);
    void this.#catchUp(guildId, state);
  }

  async #catchUp(guildId: GuildId, state: Syncing): Promise<void> {
    const { signal } = state.abort;
    for (let failures = 0; !signal.aborted; failures++) {
      try {
        if (failures > 0) await sleep(this.#clock, backoffMs(failures, this.#random), signal);
        const snapshot = await this.#fetch(guildId, signal);
        if (this.#guilds.get(guildId) !== state) return; // overtaken by a newer sync
        if (this.#apply(guildId, state, snapshot)) return;
      } catch (error) {
        if (!signal.aborted) this.#options.onFetchFailed?.(guildId, error);
      }
    }
  }

  async #fetch(guildId: GuildId, signal: AbortSignal): Promise<S> {
    const release = await this.#fetches.take(signal);
    try {
      return await this.#options.fetchSnapshot(guildId, signal);
    } finally {
      release();
    }
  }

  /** @returns `false` when the snapshot is older than the loss. */
  #apply(guildId: GuildId, state: Syncing, snapshot: S): boolean {
    const events = replayAfter(snapshot, state.buffer);
    if (events === undefined || snapshot.sequence + events.length < state.reach) return false;
    this.#options.subscriber.rebase(guildId, snapshot);
    this.#guilds.set(guildId, { status: 'live' });
    this.#options.onSnapshot(guildId, snapshot, state.reason);
    for (const event of events) this.#options.onEvent(event);
    return true;
  }
}
