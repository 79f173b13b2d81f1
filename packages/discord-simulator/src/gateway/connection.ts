import { GatewayCloseCodes as Close, GatewayOpcodes as Op } from 'discord-api-types/v10';
import type { RawData, WebSocket } from 'ws';
import { ApiError } from '../rest/api-error.ts';
import * as frame from './client-frame.ts';
import { CLOSE_REASONS, endsSession } from './close-code.ts';
import type { GatewayContext } from './gateway-context.ts';
import { SendLimit } from './send-limit.ts';
import type { GatewaySession, Numbered, SessionSink } from './session.ts';

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
    const bytes = Buffer.isBuffer(data) ? data : Buffer.from(data as ArrayBuffer);
    if (!this.#limit.take()) return this.#violation(Close.RateLimited, 'more than 120 messages in 60 s');
    if (bytes.length > MAX_CLIENT_MESSAGE_BYTES)
      return this.#violation(Close.DecodeError, `${bytes.length} bytes`);

    const message = parse(bytes);
    if (message === undefined) return this.#violation(Close.DecodeError, 'not a gateway message');
    this.#context.logFromClient(message.op, message.d);
    const handler = this.#handlers[message.op as Op];
    if (handler === undefined) return this.#violation(Close.UnknownOpcode, `op ${message.op}`);
    const needsSession = ![Op.Heartbeat, Op.Identify, Op.Resume].includes(message.op);
    if (needsSession && this.#session === null)
      return this.#violation(Close.NotAuthenticated, `op ${message.op}`);

    try {
      handler(message.d);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#violation(Close.DecodeError, `op ${message.op}: ${JSON.stringify(error.errors)}`);
    }
  }

  #heartbeat(): void {
    this.#watchHeartbeat();
    if (!this.#context.faults.takeDroppedAck()) this.#write({ op: Op.HeartbeatAck, d: null });
  }

  #identify(identify: frame.Identify): void {
    if (this.#session !== null) return this.#violation(Close.AlreadyAuthenticated, 'a second Identify');
    const fault = this.#context.faults.takeInvalidSession();
    if (fault !== undefined) return this.invalidate(fault.resumable);

    const opened = this.#context.open(identify);
    if (typeof opened === 'number') return this.#violation(opened, 'Identify');
    this.#session = opened;
    opened.attach(this);
    this.#context.welcome(opened);
  }

  #resume(resume: frame.Resume): void {
    if (this.#session !== null)
      return this.#violation(Close.AlreadyAuthenticated, 'Resume on a live session');
    const fault = this.#context.faults.takeInvalidSession();
    if (fault !== undefined) return this.invalidate(fault.resumable);

    const found = this.#context.find(resume);
    if (typeof found === 'number') return this.#violation(found, 'Resume');
    if (found === undefined) return this.invalidate(false);
    if (resume.sequence > found.sequence) return this.#violation(Close.InvalidSeq, `seq ${resume.sequence}`);

    this.#session = found;
    found.attach(this);
    if (!found.replayAfter(resume.sequence)) return this.invalidate(false);
    this.#context.resumed(found);
  }

  #live(): GatewaySession {
    if (this.#session === null) throw new Error('bug: no session');
    return this.#session;
  }

  #watchHeartbeat(): void {
    this.#cancelWatch();
    const waitMs = this.#context.heartbeatIntervalMs * HEARTBEAT_GRACE;
    this.#cancelWatch = this.#context.clock.after(waitMs, () => this.close(Close.SessionTimedOut));
  }

  #violation(code: number, what: string): void {
    this.#context.violation(`${CLOSE_REASONS[code] ?? code} (${code}): ${what}`);
    this.close(code);
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

function parse(bytes: Buffer): { readonly op: number; readonly d: unknown } | undefined {
  try {
    const message: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof message !== 'object' || message === null || !('op' in message)) return undefined;
    if (typeof message.op !== 'number') return undefined;
    return { op: message.op, d: 'd' in message ? message.d : undefined };
  } catch {
    return undefined; // not JSON: the caller closes with 4002
  }
}
