import { EventEmitter } from 'node:events';
import {
  COMMANDS,
  type CommandAction,
  type CommandInput,
  type CommandTiming,
  type GuildId,
  PlayerError,
  type ReplyData,
  type RequestKey,
  readReplyData,
} from '@bandstand/protocol';
import { type Clock, systemClock } from '../clock.ts';
import { Deadline } from '../deadline.ts';
import { assertLibrary } from '../library.ts';
import { type ChannelProblem, limitProblems, type OnProblem } from '../problem.ts';
import { ClientKeys } from '../security/client-keys.ts';
import { assertEndpointAllowed, type ConnectSecurity } from '../security/transport-security.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import { Handshake, type Peer } from './handshake.ts';
import { RequestPool } from './request-pool.ts';
import { NoReply, RequestSocket } from './request-socket.ts';
import { Requester } from './requester.ts';

const PROBE_MS = 1_000;

export interface CommandClientOptions {
  /** `tcp://host:port` or `ipc://path` of the player's command door. */
  readonly endpoint: string;
  readonly security: ConnectSecurity;
  /** For the player's log. */
  readonly clientName: string;
  readonly clientVersion: string;
  readonly capabilities?: readonly string[];
  readonly clock?: Clock;
  /** Deadlines that differ from `COMMANDS[action].timing`. */
  readonly timing?: Partial<Readonly<Record<CommandAction, CommandTiming>>>;
  /** In [0, 1); spreads the retries. */
  readonly random?: () => number;
}

export interface RequestOptions {
  /** Names the request for good: the same key never has a second effect, however often it is sent. */
  readonly key: RequestKey;
  /** All attempts together, and the time to live told to the player, in milliseconds; else the action's `totalMs`. */
  readonly ttlMs?: number;
  /** Ends the waiting (rejects with its reason), not the command: it may be under way already. */
  readonly signal?: AbortSignal;
}

export interface CommandClientEvents {
  /** The first handshake, and one after each restart of the player. */
  peer: [peer: Peer, previous: Peer | undefined];
  /** `false` after five time-outs in a row: requests now fail at once. `true` when the player answers again. */
  reachable: [isReachable: boolean];
  /** For the log; the client goes on. */
  problem: [problem: ChannelProblem];
}

/**
 * Sends commands to one player. A request is repeated with the same key until a reply comes, its time is up, or six tries
 * failed; what came late is never taken for the answer to something else.
 */
export class CommandClient extends EventEmitter<CommandClientEvents> {
  readonly #options: CommandClientOptions;
  readonly #clock: Clock;
  readonly #pool: RequestPool;
  readonly #breaker: CircuitBreaker;
  readonly #requester: Requester;
  readonly #handshake: Handshake;
  readonly #keys: ClientKeys;
  readonly #report: OnProblem;
  readonly #closing = new AbortController();

  /** @throws {@link Error} when the endpoint may not be used without keys, or a key file is wrong. */
  constructor(options: CommandClientOptions) {
    super();
    assertLibrary();
    assertEndpointAllowed(options.endpoint, options.security);
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#report = limitProblems(this.#clock, (problem) => this.emit('problem', problem));
    this.#keys = new ClientKeys({
      security: options.security,
      clock: this.#clock,
      onProblem: this.#report,
      onChange: () => this.#pool.renew(),
    });
    this.#pool = new RequestPool(() => this.#openSocket());
    this.#breaker = new CircuitBreaker({
      clock: this.#clock,
      probe: () => this.#probe(),
      onChange: (isOpen) => this.emit('reachable', !isOpen),
    });
    this.#handshake = new Handshake({
      clientName: options.clientName,
      clientVersion: options.clientVersion,
      capabilities: options.capabilities ?? [],
      timing: this.#timingOf('HELLO'),
      send: (request, timing) => this.#requester.send(request, timing, [this.#closing.signal]),
      onPeer: (peer, previous) => this.emit('peer', peer, previous),
      onProblem: this.#report,
    });
    this.#requester = new Requester({
      pool: this.#pool,
      breaker: this.#breaker,
      clock: this.#clock,
      random: options.random ?? Math.random,
      onEpoch: (epoch) => this.#handshake.observe(epoch),
    });
  }

  /** The player as of the last handshake; `undefined` before the first one and while a restarted player is asked. */
  get peer(): Peer | undefined {
    return this.#handshake.peer;
  }

  get isReachable(): boolean {
    return !this.#breaker.isOpen;
  }

  /** REQ sockets that are open now. */
  get sockets(): number {
    return this.#pool.size;
  }

  /**
   * Makes sure that both sides understand each other. Every request does so first; a service calls it at start to fail early.
   *
   * @throws {@link PlayerError} `INCOMPATIBLE_PROTOCOL` naming both sides' versions, or `PLAYER_UNREACHABLE`.
   */
  hello(signal: AbortSignal = this.#closing.signal): Promise<Peer> {
    return this.#handshake.ready(signal);
  }

  /**
   * @throws {@link PlayerError} with the player's code; `PLAYER_UNREACHABLE` when no reply came (the command may have been
   * carried out: ask again with the same key, or GET_STATE with `request_key`); `PLAYER_BUSY` when too many requests wait;
   * `BAD_REQUEST` when the data breaks its schema. Or the reason of `options.signal`.
   */
  async request<A extends Exclude<CommandAction, 'HELLO'>>(
    action: A,
    guildId: GuildId,
    data: CommandInput<A>,
    options: RequestOptions,
  ): Promise<ReplyData<A>> {
    const signals = [this.#closing.signal, ...(options.signal ? [options.signal] : [])];
    const request = { action, guildId, data, key: options.key };
    const timing = this.#timingOf(action, options.ttlMs);
    const reply = await this.#requester.send(request, timing, signals, (signal) =>
      this.#handshake.ready(signal),
    );
    return readReplyData(action, reply.data);
  }

  /** Ends every wait (`PLAYER_UNREACHABLE`) and closes all sockets. */
  close(): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(new PlayerError('PLAYER_UNREACHABLE', 'the channel to the player was closed'));
    this.#keys.close();
    this.#breaker.close();
    this.#pool.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #openSocket(): RequestSocket {
    return new RequestSocket({
      endpoint: this.#options.endpoint,
      keys: this.#keys.current,
      clock: this.#clock,
      onProblem: this.#report,
    });
  }

  #timingOf(action: CommandAction, ttlMs?: number): CommandTiming {
    const timing = this.#options.timing?.[action] ?? COMMANDS[action].timing;
    return ttlMs === undefined ? timing : { ...timing, totalMs: ttlMs };
  }

  async #probe(): Promise<void> {
    const timeUp = () => new PlayerError('PLAYER_UNREACHABLE', `no reply to a probe within ${PROBE_MS} ms`);
    using deadline = new Deadline(this.#clock, PROBE_MS, timeUp, [this.#closing.signal]);
    const outcome = await this.#requester.attempt(this.#handshake.question(), PROBE_MS, deadline);
    if (outcome instanceof NoReply) throw outcome;
  }
}
