import { randomUUID } from 'node:crypto';
import {
  type CommandTiming,
  type Epoch,
  OLDEST_PROTOCOL_VERSION,
  PlayerError,
  PROTOCOL_VERSION,
  type ReplyData,
  type RequestKey,
  readReplyData,
  type SuccessReply,
} from '@bandstand/protocol';
import { abortable } from '../abortable.ts';
import type { OnProblem } from '../problem.ts';
import type { OutgoingRequest } from './requester.ts';

/** What the player said of itself: `node_id`, `epoch`, `protocol_version`, `capabilities`, `event_port`, ... */
export type Peer = ReplyData<'HELLO'>;

export interface HandshakeOptions {
  readonly clientName: string;
  readonly clientVersion: string;
  readonly capabilities: readonly string[];
  readonly timing: CommandTiming;
  readonly send: (request: OutgoingRequest<'HELLO'>, timing: CommandTiming) => Promise<SuccessReply>;
  readonly onPeer: (peer: Peer, previous: Peer | undefined) => void;
  readonly onProblem: OnProblem;
}

/** Knows whether the two sides understand each other, and asks anew after each restart of the player. */
export class Handshake {
  readonly #options: HandshakeOptions;
  #peer: Peer | undefined;
  #previous: Peer | undefined;
  #underWay: Promise<Peer> | undefined;

  constructor(options: HandshakeOptions) {
    this.#options = options;
  }

  get peer(): Peer | undefined {
    return this.#peer;
  }

  /** @throws {@link PlayerError} `INCOMPATIBLE_PROTOCOL`, or why no reply came; the next call asks again. */
  ready(signal: AbortSignal): Promise<Peer> {
    if (this.#peer !== undefined) return Promise.resolve(this.#peer);
    this.#underWay ??= this.#shake().finally(() => {
      this.#underWay = undefined;
    });
    return abortable(this.#underWay, signal);
  }

  /** A reply showed this epoch. Another one than at the handshake means that a new process answers: who is it? */
  observe(epoch: Epoch): void {
    if (this.#peer === undefined || this.#peer.epoch === epoch) return;
    this.#peer = undefined;
    this.ready(new AbortController().signal).catch(() => undefined); // the next request asks again and tells
  }

  /** The request that asks; also what a probe sends. */
  question(): OutgoingRequest<'HELLO'> {
    const { clientName, clientVersion, capabilities } = this.#options;
    return {
      action: 'HELLO',
      guildId: null,
      key: `hello:${randomUUID()}` as RequestKey,
      data: {
        protocol_version: PROTOCOL_VERSION,
        oldest_protocol_version: OLDEST_PROTOCOL_VERSION,
        capabilities: [...capabilities],
        client_name: clientName,
        client_version: clientVersion,
      },
    };
  }

  async #shake(): Promise<Peer> {
    try {
      const reply = await this.#options.send(this.question(), this.#options.timing);
      return this.#accept(readReplyData('HELLO', reply.data));
    } catch (error) {
      throw this.#explain(error);
    }
  }

  #accept(peer: Peer): Peer {
    const { protocol_version: newest, oldest_protocol_version: oldest } = peer;
    if (newest < OLDEST_PROTOCOL_VERSION || oldest > PROTOCOL_VERSION) {
      throw new PlayerError(
        'INCOMPATIBLE_PROTOCOL',
        `this bot speaks protocol versions ${OLDEST_PROTOCOL_VERSION} to ${PROTOCOL_VERSION}, the player ${peer.node_id} ${oldest} to ${newest}`,
      );
    }
    this.#peer = peer;
    const previous = this.#previous;
    this.#previous = peer;
    this.#options.onPeer(peer, previous);
    return peer;
  }

  /** A player from before HELLO refuses it as unknown; one that answers nonsense speaks something else. */
  #explain(error: unknown): unknown {
    if (!(error instanceof PlayerError)) return error;
    const isForeign = error.code === 'UNKNOWN_ACTION' || error.code === 'BAD_REQUEST';
    if (!isForeign && error.code !== 'INCOMPATIBLE_PROTOCOL') return error;
    const incompatible = isForeign
      ? new PlayerError(
          'INCOMPATIBLE_PROTOCOL',
          `this bot speaks protocol versions ${OLDEST_PROTOCOL_VERSION} to ${PROTOCOL_VERSION}, the player none that could be read (${error.message})`,
          { cause: error },
        )
      : error;
    this.#options.onProblem({ kind: 'incompatible', message: incompatible.message, cause: error });
    return incompatible;
  }
}
