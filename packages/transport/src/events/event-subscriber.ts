import { EventEmitter } from 'node:events';
import {
  decodeEvent,
  type Epoch,
  type GuildId,
  type PlayerEvent,
  type PlayerEventOf,
  type UnknownEvent,
} from '@bandstand/protocol';
import { type Clock, systemClock } from '../clock.ts';
import { assertLibrary } from '../library.ts';
import { type ChannelProblem, limitProblems, type OnProblem } from '../problem.ts';
import { assertEndpointAllowed, type ConnectSecurity } from '../security/transport-security.ts';
import { Availability, type PlayerAvailability } from './availability.ts';
import type { GuildEvent } from './event-publisher.ts';
import { SequenceTracker, type SequenceVerdict } from './sequence-tracker.ts';
import { SubscriptionSocket } from './subscription-socket.ts';
import { guildOfTopic, guildTopic, HEARTBEAT_TOPIC } from './topics.ts';

/**
 * Why a guild's events are incomplete: one was lost (`sequence`), the last one was (`heartbeat`), the player is another process
 * (`epoch`), or an event could not be understood (`unknown`: of a newer player; `malformed`).
 */
export type GapReason = 'sequence' | 'heartbeat' | 'epoch' | 'unknown' | 'malformed';

export interface EventSubscriberOptions {
  /** `tcp://host:port` or `ipc://path` of the player's events. */
  readonly endpoint: string;
  readonly security: ConnectSecurity;
  readonly clock?: Clock;
}

export interface EventSubscriberEvents {
  /** Each event of a subscribed guild once, in order; after a `gap` of the same guild where one was lost before it. */
  event: [event: GuildEvent];
  heartbeat: [heartbeat: PlayerEventOf<'HEARTBEAT'>];
  /**
   * What is known of the guild is out of date until a snapshot came (`GuildFeed` sees to it). `lastSequence` is the latest that the
   * player is known to have sent, where that is known.
   */
  gap: [guildId: GuildId, reason: GapReason, lastSequence: number | undefined];
  availability: [next: PlayerAvailability, previous: PlayerAvailability];
  /** For the log; the subscriber goes on. */
  problem: [problem: ChannelProblem];
}

/** The bot's ear: events and heartbeats of one player, checked for order, loss and restarts. Reconnects by itself. */
export class EventSubscriber extends EventEmitter<EventSubscriberEvents> {
  readonly #socket: SubscriptionSocket;
  readonly #availability: Availability;
  readonly #trackers = new Map<GuildId, SequenceTracker>();
  readonly #report: OnProblem;

  /** @throws {@link Error} when the endpoint may not be used without keys, or a key file is wrong. */
  constructor(options: EventSubscriberOptions) {
    super();
    assertLibrary();
    assertEndpointAllowed(options.endpoint, options.security);
    const clock = options.clock ?? systemClock;
    this.#report = limitProblems(clock, (problem) => this.emit('problem', problem));
    this.#availability = new Availability(clock, (next, previous) =>
      this.emit('availability', next, previous),
    );
    this.#socket = new SubscriptionSocket({
      ...options,
      clock,
      onMessage: (frames) => this.#onMessage(frames),
      onProblem: this.#report,
    });
    this.#socket.subscribe(HEARTBEAT_TOPIC);
  }

  get availability(): PlayerAvailability {
    return this.#availability.status;
  }

  /** Guilds subscribed to now. */
  get guilds(): ReadonlySet<GuildId> {
    return new Set(this.#trackers.keys());
  }

  /** Events published before the player noticed are not seen: subscribe first, fetch a snapshot then (`GuildFeed` does). */
  subscribe(guildId: GuildId): void {
    if (this.#trackers.has(guildId)) return;
    this.#trackers.set(guildId, new SequenceTracker());
    this.#socket.subscribe(guildTopic(guildId));
  }

  unsubscribe(guildId: GuildId): void {
    if (this.#trackers.delete(guildId)) this.#socket.unsubscribe(guildTopic(guildId));
  }

  /** A snapshot of the guild was taken: what it holds is not missing any more. */
  rebase(guildId: GuildId, snapshot: { readonly epoch: Epoch; readonly sequence: number }): void {
    this.#trackers.get(guildId)?.rebase(snapshot);
  }

  close(): void {
    this.#availability.close();
    this.#socket.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #onMessage(frames: readonly Buffer[]): void {
    const [topic, bytes] = frames;
    if (topic === undefined || bytes === undefined) return;
    const name = topic.toString('latin1');
    let event: PlayerEvent | UnknownEvent;
    try {
      event = decodeEvent(bytes);
    } catch (cause) {
      this.#report({ kind: 'malformed', message: 'an event could not be read', cause });
      const guildId = guildOfTopic(name);
      if (guildId !== undefined && this.#trackers.has(guildId))
        this.emit('gap', guildId, 'malformed', undefined);
      return;
    }
    this.#availability.heard();
    if (event.action === 'HEARTBEAT') this.#onHeartbeat(event);
    else if (event.guildId !== null) this.#onGuildEvent(event.guildId, event);
  }

  #onHeartbeat(heartbeat: PlayerEventOf<'HEARTBEAT'>): void {
    const { sequences } = heartbeat.data;
    for (const [guildId, tracker] of this.#trackers) {
      const sequence = sequences[guildId];
      const verdict = tracker.observeHeartbeat(heartbeat.epoch, sequence);
      if (verdict !== 'next')
        this.emit('gap', guildId, verdict === 'epoch' ? 'epoch' : 'heartbeat', sequence);
    }
    this.emit('heartbeat', heartbeat);
  }

  #onGuildEvent(guildId: GuildId, event: GuildEvent | UnknownEvent): void {
    const verdict = this.#trackers.get(guildId)?.observe(event);
    // Not subscribed (any more), or subscribed to a guild whose id begins with the same digits.
    if (verdict === undefined || verdict === 'old') return;
    const reason = gapReasonOf(verdict);
    if (reason !== undefined) this.emit('gap', guildId, reason, event.sequence);
    if (event.action === null) this.emit('gap', guildId, 'unknown', event.sequence);
    else this.emit('event', event);
  }
}

function gapReasonOf(verdict: SequenceVerdict): GapReason | undefined {
  if (verdict === 'gap') return 'sequence';
  return verdict === 'epoch' ? 'epoch' : undefined;
}
