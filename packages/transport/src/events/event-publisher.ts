import { EventEmitter } from 'node:events';
import { type Epoch, type EventData, encodeEvent, type GuildId, type PlayerEvent } from '@bandstand/protocol';
import * as zmq from 'zeromq';
import { atMost, type Cancel, type Clock, systemClock } from '../clock.ts';
import { type ChannelProblem, limitProblems, type OnProblem } from '../problem.ts';
import { BoundSocket } from '../security/bound-socket.ts';
import type { BindSecurity } from '../security/transport-security.ts';
import { SendQueue } from '../send-queue.ts';
import { CHANNEL_OPTIONS, EVENT_HIGH_WATER_MARK, LINGER_MS } from '../socket-options.ts';
import { SequenceLedger } from './sequence-ledger.ts';
import { guildOfTopic, guildTopic, HEARTBEAT_TOPIC } from './topics.ts';

export const HEARTBEAT_INTERVAL_MS = 1_000;
/** Joins within this time share one extra heartbeat. */
const JOIN_DELAY_MS = 10;
const MAX_PENDING = 10_000;
const FLUSH_MS = 500;
/** A subscription is a topic; but CURVE's handshake has to fit as well. */
const MAX_SUBSCRIPTION_BYTES = 4_096;

/** Every event but HEARTBEAT. */
export type GuildEvent = Exclude<PlayerEvent, { readonly action: 'HEARTBEAT' }>;

/** The player's load; the sequences are known to the publisher itself. */
export type HeartbeatAnswer = Omit<EventData<'HEARTBEAT'>, 'sequences'>;

export interface EventPublisherOptions {
  /** `tcp://host:port` (`*` = any free port) or `ipc://path`. */
  readonly endpoint: string;
  readonly security: BindSecurity;
  readonly epoch: Epoch;
  /** Asked each second, and when somebody joins. */
  readonly heartbeat: () => HeartbeatAnswer;
  readonly clock?: Clock;
}

export interface EventPublisherEvents {
  /** Somebody subscribed to the guild; events published before were not for them. */
  joined: [guildId: GuildId];
  /** For the log; the publisher goes on. */
  problem: [problem: ChannelProblem];
}

/**
 * The player's events: XPUB with a topic per guild, and a heartbeat each second that says how far each guild is.
 *
 * Nothing waits for a slow subscriber: beyond 10,000 waiting messages its events are dropped, which it notices by their sequence.
 */
export class EventPublisher extends EventEmitter<EventPublisherEvents> {
  readonly #options: EventPublisherOptions;
  readonly #clock: Clock;
  readonly #bound: BoundSocket<zmq.XPublisher>;
  readonly #queue: SendQueue;
  readonly #ledger = new SequenceLedger();
  readonly #report: OnProblem;
  readonly #listening: Promise<void>;
  /** Topics with at least one subscriber. */
  readonly #heard = new Set<string>();
  #cancelHeartbeat: Cancel;
  #cancelJoin: Cancel | undefined;
  #closed: Promise<void> | undefined;

  private constructor(options: EventPublisherOptions, clock: Clock, bound: BoundSocket<zmq.XPublisher>) {
    super();
    this.#options = options;
    this.#clock = clock;
    this.#bound = bound;
    this.#report = limitProblems(clock, (problem) => this.emit('problem', problem));
    this.#queue = new SendQueue(bound, {
      maxPending: MAX_PENDING,
      onError: (cause) => this.#report({ kind: 'send', message: 'an event could not be sent', cause }),
    });
    this.#listening = this.#listen();
    this.#cancelHeartbeat = clock.schedule(0, this.#beat);
  }

  /** @throws {@link Error} when the endpoint is not allowed without keys, is in use, or a key file is wrong. */
  static async listen(options: EventPublisherOptions): Promise<EventPublisher> {
    const clock = options.clock ?? systemClock;
    let report: OnProblem = () => undefined;
    const bound = await BoundSocket.open({
      endpoint: options.endpoint,
      security: options.security,
      clock,
      create: (secured) =>
        new zmq.XPublisher({
          ...CHANNEL_OPTIONS,
          linger: LINGER_MS.event,
          sendHighWaterMark: EVENT_HIGH_WATER_MARK,
          maxMessageSize: MAX_SUBSCRIPTION_BYTES,
          verbosity: 'allSubs', // also a second subscriber of the same guild must be told where it stands
          ...secured,
        }),
      onProblem: (problem) => report(problem),
    });
    const publisher = new EventPublisher(options, clock, bound);
    report = publisher.#report;
    return publisher;
  }

  /** The address really listened on: a `*` port is filled in. */
  get endpoint(): string {
    return this.#bound.endpoint;
  }

  /** Whether anybody is subscribed to the guild. Who vanished without a word counts until the connection is found dead, a few seconds. */
  isHeard(guildId: GuildId): boolean {
    return this.#heard.has(guildTopic(guildId));
  }

  /**
   * Sends the event to whoever subscribed to its guild. In the order of the calls.
   *
   * @returns `false` when it was too large or the queue full, which is reported as well: subscribers then notice a gap
   * and ask for a snapshot.
   */
  publish(event: GuildEvent): boolean {
    if (this.#closed !== undefined) return false;
    this.#ledger.record(event.guildId, event.sequence);
    try {
      return this.#push(guildTopic(event.guildId), encodeEvent(event));
    } catch (cause) {
      this.#report({ kind: 'send', message: `event ${event.action} cannot be encoded`, cause });
      return false;
    }
  }

  /** Sends what is queued (at most half a second longer) and closes. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.#cancelHeartbeat();
    this.#cancelJoin?.();
    await atMost(this.#clock, FLUSH_MS, this.#queue.flushed());
    await this.#bound.close();
    await this.#listening;
  }

  readonly #beat = (): void => {
    this.#cancelHeartbeat = this.#clock.schedule(HEARTBEAT_INTERVAL_MS, this.#beat);
    this.#sendHeartbeat();
  };

  #sendHeartbeat(): void {
    const data = { ...this.#options.heartbeat(), sequences: this.#ledger.next() };
    const head = { guildId: null, epoch: this.#options.epoch, sequence: 0, revision: 0 };
    const bytes = encodeEvent({ ...head, action: 'HEARTBEAT', data, atMs: this.#clock.nowMs() });
    this.#push(HEARTBEAT_TOPIC, bytes);
  }

  #push(topic: string, bytes: Buffer): boolean {
    if (this.#queue.push([Buffer.from(topic), bytes])) return true;
    this.#report({ kind: 'send', message: 'too many events wait to be sent: one was dropped' });
    return false;
  }

  /** XPUB hands over subscriptions: 1 (joined) or 0 (the last one left), then the topic. Anything else is not for us. */
  async #listen(): Promise<void> {
    for await (const [message] of this.#bound.messages()) {
      const topic = message?.toString('latin1', 1) ?? '';
      if (message?.[0] === 1) this.#onJoin(topic);
      else if (message?.[0] === 0) this.#heard.delete(topic);
    }
  }

  #onJoin(topic: string): void {
    const guildId = guildOfTopic(topic);
    if (guildId === undefined && topic !== HEARTBEAT_TOPIC) return;
    if (guildId !== undefined) {
      this.#heard.add(topic);
      this.#ledger.touch(guildId);
      this.emit('joined', guildId);
    }
    this.#cancelJoin ??= this.#clock.schedule(JOIN_DELAY_MS, () => {
      this.#cancelJoin = undefined;
      this.#sendHeartbeat();
    });
  }
}
