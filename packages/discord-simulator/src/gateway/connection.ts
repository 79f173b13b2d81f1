import { GatewayCloseCodes as Close, GatewayOpcodes as Op } from 'discord-api-types/v10';
import type { RawData, WebSocket } from 'ws';
import { ApiError } from '../rest/api-error.ts';
import * as frame from './client-frame.ts';
import { CLOSE_REASONS, endsSession } from './close-code.ts';
import type { GatewayContext } from './gateway-context.ts';
import { SendLimit } from './send-limit.ts';
import type { GatewaySession, Numbered, SessionSink } from './session.ts';
import { Violation } from './violation.ts';

/** Larger messages from a client are refused (Discord, "Sending Events"). */
const MAX_CLIENT_MESSAGE_BYTES = 4096;
/** A client may be late by half an interval before its session times out. */
const HEARTBEAT_GRACE = 1.5;

type Handler = (d: unknown) => void;

/** One socket of one client, from Hello to its close. */
export class GatewayConnection implements SessionSink {
  readonly #socket: WebSocket;
  readonly #context: GatewayContext;
  readonly #limit: SendLimit;
  #session: GatewaySession | null = null;
  #cancelWatch: () => void = () => {};
  #closedBy: 'client' | 'discord' = 'client';

  constructor(socket: WebSocket, context: GatewayContext) {
    this.#socket = socket;
    this.#context = context;
    this.#limit = new SendLimit(context.clock);
    socket.on('message', (data) => this.#onMessage(data));
    socket.on('close', (code) => this.#onClose(code));
    socket.on('error', () => {}); // a broken socket also emits 'close', which is handled
    this.#write({ op: Op.Hello, d: { heartbeat_interval: context.heartbeatIntervalMs } });
    this.#watchHeartbeat();
  }

  get session(): GatewaySession | null {
    return this.#session;
  }

  send(message: Numbered): void {
    this.#write(message);
  }

  /** Another socket resumed this session. */
  replaced(): void {
    this.close(Close.UnknownError, 'Session resumed elsewhere.');
  }

  close(code: number, reason = CLOSE_REASONS[code] ?? ''): void {
    this.#closedBy = 'discord';
    this.#socket.close(code, reason);
  }

  /** Cuts the TCP connection without a closing handshake. */
  drop(): void {
    this.#closedBy = 'discord';
    this.#socket.terminate();
  }

  requestReconnect(): void {
    this.#write({ op: Op.Reconnect, d: null });
  }

  requestHeartbeat(): void {
    this.#write({ op: Op.Heartbeat, d: null });
  }

  /** Ends or suspends the session; the client must identify, or resume, again. */
  invalidate(resumable: boolean): void {
    const session = this.#session;
    this.#session = null;
    if (session !== null) {
      session.detach(this);
      if (resumable) this.#context.suspend(session);
      else this.#context.end(session);
    }
    this.#write({ op: Op.InvalidSession, d: resumable });
  }

  readonly #handlers: Readonly<Partial<Record<Op, Handler>>> = {
    [Op.Heartbeat]: () => this.#heartbeat(),
    [Op.Identify]: (d) => this.#identify(frame.readIdentify(d)),
    [Op.Resume]: (d) => this.#resume(frame.readResume(d)),
    [Op.VoiceStateUpdate]: (d) => this.#context.voiceState(this.#live(), frame.readVoiceState(d)),
    [Op.PresenceUpdate]: (d) => this.#context.presence(this.#live(), frame.readPresence(d)),
    [Op.RequestGuildMembers]: (d) => this.#context.members(this.#live(), frame.readMembersRequest(d)),
  };

  #onMessage(data: RawData): void {
    try {
      this.#receive(Buffer.isBuffer(data) ? data : Buffer.from(data as ArrayBuffer));
    } catch (error) {
      if (error instanceof Violation) this.#refuse(error);
      else if (error instanceof ApiError) {
        this.#refuse(new Violation(Close.DecodeError, JSON.stringify(error.errors)));
      } else this.#fail(error);
    }
  }

  #receive(bytes: Buffer): void {
    if (!this.#limit.take()) throw new Violation(Close.RateLimited, 'more than 120 messages in 60 s');
    if (bytes.length > MAX_CLIENT_MESSAGE_BYTES) {
      throw new Violation(Close.DecodeError, `a message of ${bytes.length} bytes`);
    }
    const message = parse(bytes);
    this.#context.logFromClient(message.op, message.d);
    const handler = this.#handlers[message.op as Op];
    if (handler === undefined) throw new Violation(Close.UnknownOpcode, `op ${message.op}`);
    handler(message.d);
  }

  #heartbeat(): void {
    this.#watchHeartbeat();
    if (!this.#context.faults.takeDroppedAck()) this.#write({ op: Op.HeartbeatAck, d: null });
  }

  #identify(identify: frame.Identify): void {
    if (this.#session !== null) throw new Violation(Close.AlreadyAuthenticated, 'a second Identify');
    const fault = this.#context.faults.takeInvalidSession();
    if (fault !== undefined) {
      this.invalidate(fault.resumable);
      return;
    }
    const opened = this.#context.open(identify);
    this.#session = opened;
    opened.attach(this);
    this.#context.welcome(opened);
  }

  #resume(resume: frame.Resume): void {
    if (this.#session !== null) throw new Violation(Close.AlreadyAuthenticated, 'Resume on a live session');
    const found = this.#context.find(resume);
    const fault = this.#context.faults.takeInvalidSession();
    if (fault !== undefined || found === undefined) {
      this.invalidate(fault?.resumable ?? false);
      return;
    }
    if (resume.sequence > found.sequence) throw new Violation(Close.InvalidSeq, `seq ${resume.sequence}`);

    this.#session = found;
    found.attach(this);
    if (found.replayAfter(resume.sequence)) this.#context.resumed(found);
    else this.invalidate(false);
  }

  #live(): GatewaySession {
    if (this.#session === null) throw new Violation(Close.NotAuthenticated, 'sent before Identify');
    return this.#session;
  }

  #watchHeartbeat(): void {
    this.#cancelWatch();
    const waitMs = this.#context.heartbeatIntervalMs * HEARTBEAT_GRACE;
    this.#cancelWatch = this.#context.clock.after(waitMs, () => this.close(Close.SessionTimedOut));
  }

  #refuse(violation: Violation): void {
    this.#context.violation(violation.message);
    this.close(violation.code);
  }

  #fail(error: unknown): void {
    this.#context.bug(error);
    this.close(Close.UnknownError);
  }

  #onClose(code: number): void {
    this.#cancelWatch();
    this.#context.closed(this);
    const session = this.#session;
    this.#session = null;
    if (session === null || !session.detach(this)) return;
    if (endsSession(code, this.#closedBy)) this.#context.end(session);
    else this.#context.suspend(session);
  }

  #write(message: Numbered | { readonly op: Op; readonly d: unknown }): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#context.logToClient(message.op, 't' in message ? message.t : null, message.d);
    this.#socket.send(JSON.stringify({ t: null, s: null, ...message }));
  }
}

function parse(bytes: Buffer): { readonly op: number; readonly d: unknown } {
  let message: unknown;
  try {
    message = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new Violation(Close.DecodeError, 'not JSON');
  }
  if (typeof message !== 'object' || message === null || !('op' in message)) {
    throw new Violation(Close.DecodeError, 'no opcode');
  }
  if (typeof message.op !== 'number') throw new Violation(Close.DecodeError, 'the opcode is not a number');
  return { op: message.op, d: 'd' in message ? message.d : undefined };
}
