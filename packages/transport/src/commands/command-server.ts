import { EventEmitter } from 'node:events';
import {
  type Command,
  type CommandOf,
  CommandRefused,
  decodeCommand,
  type Epoch,
  encodeReply,
  LIMITS,
  OLDEST_PROTOCOL_VERSION,
  PlayerError,
  PROTOCOL_VERSION,
  type ReplyData,
  type RequestKey,
} from '@bandstand/protocol';
import * as zmq from 'zeromq';
import { atMost, type Clock, systemClock } from '../clock.ts';
import { type ChannelProblem, limitProblems, type OnProblem } from '../problem.ts';
import { BoundSocket } from '../security/bound-socket.ts';
import type { BindSecurity } from '../security/transport-security.ts';
import { SendQueue } from '../send-queue.ts';
import { CHANNEL_OPTIONS, LINGER_MS, MAX_FRAME_BYTES } from '../socket-options.ts';
import { ArrivalClock } from './arrival-clock.ts';
import { splitEnvelope } from './command-frames.ts';
import { RunningCommands } from './running-commands.ts';
import { assertInTime } from './time-to-live.ts';

const MAX_PENDING_REPLIES = 10_000;

/** What a command handler returns for a success; failures are thrown as `PlayerError`. */
export interface SuccessReplyData {
  /** Fits the `reply` schema of the command's action. */
  readonly data: Readonly<Record<string, unknown>>;
  /** Revision of the guild's state after the command, where it has one. */
  readonly revision?: number | null;
}

export interface CommandContext {
  /** When the command may have arrived at the earliest, on the server's monotonic clock; see `assertInTime`. */
  readonly receivedAtMs: number;
  /** Aborts when the server is closed and no longer waits for the handler. */
  readonly signal: AbortSignal;
}

/** Every action but HELLO. */
export type GuildCommand = Exclude<Command, { readonly action: 'HELLO' }>;

/**
 * Carries out one command. It runs beside all others: order within a guild is the handler's own business, as is telling a repeated
 * `key` from a new request.
 *
 * @throws {@link PlayerError} which is sent as it is; anything else is reported as `handler` problem and sent as `INTERNAL`.
 */
export type CommandHandler = (command: GuildCommand, context: CommandContext) => Promise<SuccessReplyData>;

/** What this player says of itself; versions and epoch are filled in by the server. */
export type HelloAnswer = Omit<ReplyData<'HELLO'>, 'protocol_version' | 'oldest_protocol_version' | 'epoch'>;

export interface CommandServerOptions {
  /** `tcp://host:port` (`*` = any free port) or `ipc://path`. */
  readonly endpoint: string;
  readonly security: BindSecurity;
  /** Of this start of the process; the same that the events carry. */
  readonly epoch: Epoch;
  readonly handler: CommandHandler;
  readonly hello: (command: CommandOf<'HELLO'>) => HelloAnswer;
  readonly clock?: Clock;
  /** Handlers that may run at once; one more is answered `PLAYER_BUSY`. */
  readonly maxRunning?: number;
  /** The same for one guild, so that no guild takes all places. */
  readonly maxRunningPerGuild?: number;
}

export interface CommandServerEvents {
  /** For the log; the server goes on. */
  problem: [problem: ChannelProblem];
}

/**
 * The player's command door: a ROUTER that serves plain REQ peers (also with `correlate`) and DEALER peers with an empty
 * delimiter, and answers out of order. Hostile input costs its sender an answer, never the process.
 */
export class CommandServer extends EventEmitter<CommandServerEvents> {
  readonly #options: CommandServerOptions;
  readonly #clock: Clock;
  readonly #bound: BoundSocket<zmq.Router>;
  readonly #replies: SendQueue;
  readonly #running: RunningCommands;
  readonly #arrival: ArrivalClock;
  readonly #report: OnProblem;
  readonly #abort = new AbortController();
  readonly #receiving: Promise<void>;
  #isDraining = false;
  /** Counts messages. */
  #turn = 0;
  #isDrained = true;
  #closed: Promise<void> | undefined;

  private constructor(options: CommandServerOptions, clock: Clock, bound: BoundSocket<zmq.Router>) {
    super();
    this.#options = options;
    this.#clock = clock;
    this.#bound = bound;
    this.#report = limitProblems(clock, (problem) => this.emit('problem', problem));
    this.#running = new RunningCommands(options.maxRunning ?? 256, options.maxRunningPerGuild ?? 32);
    this.#replies = new SendQueue(bound, {
      maxPending: MAX_PENDING_REPLIES,
      onError: (cause) => this.#report({ kind: 'send', message: 'a reply could not be sent', cause }),
    });
    this.#arrival = new ArrivalClock(clock, () => this.#isDrained);
    this.#receiving = this.#receive();
  }

  /** @throws {@link Error} when the endpoint is not allowed without keys, is in use, or a key file is wrong. */
  static async listen(options: CommandServerOptions): Promise<CommandServer> {
    const clock = options.clock ?? systemClock;
    let report: OnProblem = () => undefined;
    const bound = await BoundSocket.open({
      endpoint: options.endpoint,
      security: options.security,
      clock,
      create: (secured) =>
        new zmq.Router({
          ...CHANNEL_OPTIONS,
          linger: LINGER_MS.reply,
          maxMessageSize: MAX_FRAME_BYTES.command,
          ...secured,
        }),
      onProblem: (problem) => report(problem),
    });
    const server = new CommandServer(options, clock, bound);
    report = server.#report;
    return server;
  }

  /** The address really listened on: a `*` port is filled in. */
  get endpoint(): string {
    return this.#bound.endpoint;
  }

  /** Handlers that run now. */
  get running(): number {
    return this.#running.size;
  }

  /**
   * Takes no new commands (`PLAYER_SHUTTING_DOWN`), waits for the running ones, sends their replies, closes.
   * Whatever still runs after `drainMs` is told by its signal and not answered: its sender repeats it.
   */
  close(drainMs = 2_000): Promise<void> {
    this.#closed ??= this.#close(drainMs);
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(drainMs: number): Promise<void> {
    this.#isDraining = true;
    const drained = this.#running.allDone().then(() => this.#replies.flushed());
    await atMost(this.#clock, drainMs, drained);
    this.#abort.abort(new PlayerError('PLAYER_SHUTTING_DOWN', 'the player is stopping'));
    this.#arrival.close();
    await this.#bound.close();
    await this.#receiving;
  }

  async #receive(): Promise<void> {
    for await (const frames of this.#bound.messages()) {
      const turn = ++this.#turn;
      this.#isDrained = false;
      this.#take(frames);
      // What libzmq has already is received before this runs. Asking the socket itself (`readable`) would use up the
      // wake-up of a message that comes in that very moment, which then lies unread until the next one.
      setImmediate(() => this.#noticeEmpty(turn));
    }
  }

  #noticeEmpty(turn: number): void {
    if (turn !== this.#turn) return;
    this.#isDrained = true;
    this.#arrival.look();
  }

  #take(frames: readonly Buffer[]): void {
    const message = splitEnvelope(frames);
    if (message === undefined) {
      const text = `dropped a message of ${frames.length} frames without an empty one before its body`;
      this.#report({ kind: 'malformed', message: text });
      return;
    }
    const { envelope, body } = message;
    const [bytes] = body;
    try {
      if (bytes === undefined || body.length !== 1 || frames.length > LIMITS.frames) {
        throw new CommandRefused('BAD_REQUEST', `a command is one frame, not ${body.length}`, null);
      }
      this.#begin(envelope, decodeCommand(bytes));
    } catch (error) {
      this.#replyError(envelope, error instanceof CommandRefused ? error.key : null, error);
    }
  }

  #begin(envelope: Buffer[], command: Command): void {
    if (command.action === 'HELLO') {
      this.#replySuccess(envelope, command.key, { data: this.#hello(command) });
      return;
    }
    const receivedAtMs = this.#arrival.arrivedAtMs();
    try {
      if (this.#isDraining) throw new PlayerError('PLAYER_SHUTTING_DOWN', 'the player is stopping');
      assertInTime(command, receivedAtMs, this.#clock.monotonicMs());
      this.#running.run(command.guildId, () => this.#carryOut(envelope, command, receivedAtMs));
    } catch (error) {
      this.#replyError(envelope, command.key, error);
    }
  }

  async #carryOut(envelope: Buffer[], command: GuildCommand, receivedAtMs: number): Promise<void> {
    try {
      const context = { receivedAtMs, signal: this.#abort.signal };
      this.#replySuccess(envelope, command.key, await this.#options.handler(command, context));
    } catch (error) {
      this.#replyError(envelope, command.key, error);
    }
  }

  #hello(command: CommandOf<'HELLO'>): ReplyData<'HELLO'> {
    const { protocol_version: newest, oldest_protocol_version: oldest } = command.data;
    if (newest < OLDEST_PROTOCOL_VERSION || oldest > PROTOCOL_VERSION) {
      throw new CommandRefused(
        'INCOMPATIBLE_PROTOCOL',
        `the bot speaks protocol versions ${oldest} to ${newest}, this player ${OLDEST_PROTOCOL_VERSION} to ${PROTOCOL_VERSION}`,
        command.key,
      );
    }
    return {
      ...this.#options.hello(command),
      protocol_version: PROTOCOL_VERSION,
      oldest_protocol_version: OLDEST_PROTOCOL_VERSION,
      epoch: this.#options.epoch,
    };
  }

  #replySuccess(envelope: Buffer[], key: RequestKey | null, { data, revision }: SuccessReplyData): void {
    const { epoch } = this.#options;
    let bytes: Buffer;
    try {
      bytes = encodeReply({ status: 'success', data, key, epoch, revision: revision ?? null });
    } catch (cause) {
      bytes = this.#encodeError(key, this.#bug(cause)); // too large: the player's fault, not the request's
    }
    this.#send(envelope, bytes);
  }

  #replyError(envelope: Buffer[], key: RequestKey | null, cause: unknown): void {
    const error = cause instanceof PlayerError ? cause : this.#bug(cause);
    let bytes: Buffer;
    try {
      bytes = this.#encodeError(key, error);
    } catch (tooLarge) {
      this.#bug(tooLarge);
      bytes = this.#encodeError(key, new PlayerError(error.code, error.message));
    }
    this.#send(envelope, bytes);
  }

  #encodeError(key: RequestKey | null, error: PlayerError): Buffer {
    return encodeReply({ status: 'error', error, key, epoch: this.#options.epoch, revision: null });
  }

  /** The peer learns that something is wrong, the operator what. */
  #bug(cause: unknown): PlayerError {
    this.#report({ kind: 'handler', message: 'a command failed unexpectedly', cause });
    return new PlayerError('INTERNAL', 'the player failed unexpectedly; its log says why', { cause });
  }

  #send(envelope: Buffer[], reply: Buffer): void {
    if (this.#replies.push([...envelope, reply])) return;
    this.#report({ kind: 'send', message: 'too many replies wait to be sent: one was dropped' });
  }
}
