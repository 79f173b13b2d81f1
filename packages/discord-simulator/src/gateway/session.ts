import { type GatewayDispatchEvents, GatewayOpcodes } from 'discord-api-types/v10';
import type { Dispatch } from '../world/dispatch.ts';
import type { ApplicationRecord } from '../world/records.ts';
import type { Receiver } from './tailor.ts';

/** Events kept for a client that comes back. */
const REPLAY_DEPTH = 1000;

/** One numbered event on the wire. */
export interface Numbered {
  readonly op: GatewayOpcodes.Dispatch;
  readonly t: GatewayDispatchEvents;
  readonly s: number;
  readonly d: unknown;
}

/** Where a session's events go while a socket is attached. */
export interface SessionSink {
  send(message: Numbered): void;
  /** The session goes on at another sink. */
  replaced(): void;
}

export interface SessionIdentity extends Receiver {
  readonly id: string;
  readonly bot: ApplicationRecord;
  readonly intents: number;
  readonly shard: readonly [index: number, count: number];
}

/** A bot's gateway session: it numbers events, keeps the recent ones, and outlives its socket. */
export class GatewaySession {
  readonly identity: SessionIdentity;
  readonly #sent: Numbered[] = [];
  #sequence = 0;
  #sink: SessionSink | null = null;

  constructor(identity: SessionIdentity) {
    this.identity = identity;
  }

  get id(): string {
    return this.identity.id;
  }

  get sequence(): number {
    return this.#sequence;
  }

  get attached(): boolean {
    return this.#sink !== null;
  }

  /** Whether the events of a guild come by this session (Discord, "Sharding"). */
  serves(guildId: string): boolean {
    const [index, count] = this.identity.shard;
    return (BigInt(guildId) >> 22n) % BigInt(count) === BigInt(index);
  }

  attach(sink: SessionSink): void {
    const before = this.#sink;
    this.#sink = sink;
    before?.replaced();
  }

  /** @returns `false` when another socket has taken over already. */
  detach(sink: SessionSink): boolean {
    if (this.#sink !== sink) return false;
    this.#sink = null;
    return true;
  }

  dispatch({ t, d }: Dispatch): void {
    this.#sequence += 1;
    const numbered: Numbered = { op: GatewayOpcodes.Dispatch, t, s: this.#sequence, d };
    this.#sent.push(numbered);
    if (this.#sent.length > REPLAY_DEPTH) this.#sent.shift();
    this.#sink?.send(numbered);
  }

  /** Sends everything after `sequence` again. @returns `false` when the buffer does not reach back that far. */
  replayAfter(sequence: number): boolean {
    const oldest = this.#sent[0]?.s ?? this.#sequence + 1;
    if (sequence + 1 < oldest) return false;
    for (const numbered of this.#sent) {
      if (numbered.s > sequence) this.#sink?.send(numbered);
    }
    return true;
  }
}
