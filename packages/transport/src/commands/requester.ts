import {
  type CommandAction,
  type CommandInput,
  type CommandTiming,
  decodeReply,
  type Epoch,
  type ErrorCode,
  encodeCommand,
  type GuildId,
  PlayerError,
  type Reply,
  type RequestKey,
  type SuccessReply,
} from '@bandstand/protocol';
import { abortable } from '../abortable.ts';
import { backoffMs } from '../backoff.ts';
import { type Clock, sleep } from '../clock.ts';
import { Deadline } from '../deadline.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';
import type { RequestPool } from './request-pool.ts';
import { NoReply, type RequestSocket } from './request-socket.ts';

const MAX_TRIES = 6;
/** Actions whose attempts take longer than this share half of the sockets. */
const SLOW_ATTEMPT_MS = 5_000;
/** Said by the player before it did anything: the same request may be sent again. */
const SEND_AGAIN: readonly ErrorCode[] = ['PLAYER_BUSY', 'PLAYER_SHUTTING_DOWN', 'DEADLINE_EXCEEDED'];

export interface OutgoingRequest<A extends CommandAction = CommandAction> {
  readonly action: A;
  readonly guildId: GuildId | null;
  readonly data: CommandInput<A>;
  readonly key: RequestKey;
}

export interface RequesterOptions {
  readonly pool: RequestPool;
  readonly breaker: CircuitBreaker;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Called with the epoch of each reply, before its request settles. */
  readonly onEpoch: (epoch: Epoch) => void;
}

/** Gets one request answered: sends it with the same key until a reply settles it, its time is up, or six tries failed. */
export class Requester {
  readonly #options: RequesterOptions;
  #lastNoReply: NoReply | undefined;

  constructor(options: RequesterOptions) {
    this.#options = options;
  }

  /**
   * @param ready - What must be done first; its time counts.
   * @param signals - An abort ends the waiting with the signal's reason.
   * @throws {@link PlayerError} with the player's code, `PLAYER_UNREACHABLE` or `PLAYER_BUSY`.
   */
  async send<A extends CommandAction>(
    request: OutgoingRequest<A>,
    timing: CommandTiming,
    signals: readonly AbortSignal[],
    ready?: (signal: AbortSignal) => Promise<unknown>,
  ): Promise<SuccessReply> {
    if (this.#options.breaker.isOpen) {
      throw new PlayerError(
        'PLAYER_UNREACHABLE',
        'the player does not answer; it is asked again each second',
      );
    }
    const silence = () => this.#silence(`no reply to ${request.action} within ${timing.totalMs} ms`);
    /** What the caller is told if the time is up. */
    let standing = silence;
    using deadline = new Deadline(this.#options.clock, timing.totalMs, () => standing(), signals);
    await ready?.(deadline.signal);
    standing = () => new PlayerError('PLAYER_BUSY', `no socket came free for ${request.action}`);
    for (let tries = 1; ; tries++) {
      const outcome = await this.attempt(request, timing.attemptMs, deadline, () => {
        if (tries === 1) standing = silence;
      });
      if (!(outcome instanceof NoReply) && outcome.status === 'success') return outcome;
      const failure =
        outcome instanceof NoReply ? this.#silence(`${request.action}: ${outcome.message}`) : outcome.error;
      if (tries === MAX_TRIES || !mayRepeat(outcome)) throw failure;
      standing = () => failure;
      await this.#pause(tries, deadline.signal);
    }
  }

  /**
   * One try, on one socket.
   *
   * @throws `PLAYER_BUSY` when too many requests wait for a socket; `BAD_REQUEST` when the data breaks its schema; the
   * deadline's reason.
   */
  async attempt<A extends CommandAction>(
    request: OutgoingRequest<A>,
    attemptMs: number,
    deadline: Deadline,
    onBegin?: () => void,
  ): Promise<Reply | NoReply> {
    const { pool, clock, onEpoch } = this.#options;
    const outcome = await pool.lend(attemptMs > SLOW_ATTEMPT_MS, deadline.signal, (socket) => {
      onBegin?.();
      // Encoded only now: the time to live must not count the wait for a socket.
      const bytes = encodeCommand({ ...request, ttlMs: deadline.remainingMs }, clock.nowMs());
      return this.#exchange(socket, bytes, request.key, attemptMs, deadline.signal);
    });
    if (!(outcome instanceof NoReply) && outcome.epoch !== null) onEpoch(outcome.epoch);
    return outcome;
  }

  async #exchange(
    socket: RequestSocket,
    bytes: Buffer,
    key: RequestKey,
    attemptMs: number,
    signal: AbortSignal,
  ): Promise<Reply | NoReply> {
    try {
      const reply = readReply(await socket.exchange(bytes, attemptMs, signal), key);
      this.#options.breaker.recordReply();
      this.#lastNoReply = undefined;
      return reply;
    } catch (error) {
      if (!(error instanceof NoReply)) throw error;
      if (error.reason === 'timeout') this.#options.breaker.recordTimeout();
      socket.close();
      this.#lastNoReply = error;
      return error;
    }
  }

  /** Names what the channel itself knows of the cause, also when another request found it out. */
  #silence(message: string): PlayerError {
    const cause = this.#lastNoReply;
    const reason = cause?.problem?.kind ?? cause?.reason ?? 'timeout';
    return new PlayerError('PLAYER_UNREACHABLE', message, { cause, details: { reason } });
  }

  async #pause(failures: number, signal: AbortSignal): Promise<void> {
    await sleep(this.#options.clock, backoffMs(failures, this.#options.random), signal);
    await abortable(this.#options.breaker.whenClosed(), signal);
  }
}

function readReply(bytes: Buffer, key: RequestKey): Reply {
  let reply: Reply;
  try {
    reply = decodeReply(bytes);
  } catch (cause) {
    throw new NoReply('malformed', (cause as Error).message);
  }
  // A peer from before keys, or one that could not read ours, names none: the socket itself pairs it.
  if (reply.key !== null && reply.key !== key)
    throw new NoReply('malformed', 'the reply names another request');
  return reply;
}

function mayRepeat(outcome: NoReply | Reply): boolean {
  if (outcome instanceof NoReply) return true;
  return outcome.status === 'error' && SEND_AGAIN.includes(outcome.error.code);
}
