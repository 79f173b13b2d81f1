import { VoiceCloseCodes, VoiceOpcodes } from 'discord-api-types/voice/v8';
import type { ClientMessage } from './client-messages.ts';
import type { ConnectionHandler, GatewayConnection } from './gateway-connection.ts';
import type { MediaSocket } from './media-socket.ts';
import { NumberedOutbox } from './numbered-outbox.ts';
import { SessionMedia } from './session-media.ts';
import { handleBinary, handleMessage } from './session-protocol.ts';
import type { UnexpectedKind } from './unexpected-log.ts';
import type { VoiceContext } from './voice-context.ts';
import type { RoomFrame, RoomMember, VoiceRoom } from './voice-room.ts';
import { canMove, type SessionTerms, type VoiceSessionState } from './voice-session-state.ts';

/** What VOICE_STATE_UPDATE and VOICE_SERVER_UPDATE told the client. */
export interface VoiceCredentials {
  readonly guildId: string;
  readonly channelId: string;
  readonly userId: string;
  readonly sessionId: string;
  readonly token: string;
}

export interface VoiceSessionOptions {
  readonly credentials: VoiceCredentials;
  readonly room: VoiceRoom;
  readonly socket: MediaSocket;
  readonly context: VoiceContext;
  readonly onEnded: (session: VoiceSession) => void;
}

/** The client said goodbye itself: nobody will resume. */
const NORMAL_CLOSURE = 1_000;

/**
 * One client's place in a voice channel, from its allocation to its end, across sockets.
 *
 * It sits in the room from Session Description on, and keeps its seat while it is detached.
 */
export class VoiceSession implements ConnectionHandler, RoomMember {
  readonly credentials: VoiceCredentials;
  readonly room: VoiceRoom;
  readonly context: VoiceContext;
  readonly media: SessionMedia;
  readonly #onEnded: (session: VoiceSession) => void;
  #outbox: NumberedOutbox;
  #state: VoiceSessionState = { status: 'allocated' };
  #acknowledged = -1;
  #lastCloseCode: number | undefined;

  constructor(options: VoiceSessionOptions) {
    this.credentials = options.credentials;
    this.room = options.room;
    this.context = options.context;
    this.#onEnded = options.onEnded;
    this.#outbox = createOutbox(options.context);
    this.media = new SessionMedia(options.socket, {
      onFrame: (frame) => this.room.forward(this, frame),
      report: (kind, detail) => this.report(kind, detail),
    });
  }

  get userId(): string {
    return this.credentials.userId;
  }

  get state(): VoiceSessionState {
    return this.#state;
  }

  /** Numbered messages the client did not acknowledge yet. */
  get unacknowledged(): number {
    return this.#outbox.size;
  }

  /** The last `seq_ack` of a heartbeat, -1 for none. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Why the last socket closed, whoever closed it. */
  get lastCloseCode(): number | undefined {
    return this.#lastCloseCode;
  }

  /** Takes over a connection whose Identify was accepted, and answers Ready. A socket it had before is closed with 4006. */
  identify(connection: GatewayConnection, maxDaveVersion: number): void {
    this.#startOver();
    connection.bind(this);
    this.#transition({ status: 'identified', connection, maxDaveVersion });
    if (this.context.faults.takeWithheld('ready')) return;
    connection.send(VoiceOpcodes.Ready, {
      ssrc: this.media.ssrc,
      ip: this.context.options.host,
      port: this.context.options.mediaPort || this.media.port,
      modes: this.context.options.modes,
      experiments: [],
      streams: [],
    });
  }

  /** Session Description is sent and the client is in the channel. */
  establish(connection: GatewayConnection, terms: SessionTerms, secretKey: Buffer): void {
    this.#transition({ status: 'ready', connection, terms });
    this.notify(VoiceOpcodes.SessionDescription, {
      mode: terms.mode,
      secret_key: [...secretKey],
      dave_protocol_version: terms.daveVersion,
      audio_codec: 'opus',
      video_codec: 'H264',
      media_session_id: this.credentials.sessionId,
    });
    this.room.join(this);
  }

  /** @returns `false` when there is nothing to resume, or what the client missed is no longer complete. */
  resume(connection: GatewayConnection, sequence: number): boolean {
    const missed = this.#outbox.since(sequence);
    if (missed === undefined) return false;
    if (this.#state.status === 'ready') this.#detach(this.#state, VoiceCloseCodes.SessionNoLongerValid);
    if (this.#state.status !== 'detached') return false;
    connection.bind(this);
    this.media.setSpeaking(0);
    this.#transition({ status: 'ready', connection, terms: this.#state.terms });
    if (!this.context.faults.takeWithheld('resumed')) connection.send(VoiceOpcodes.Resumed, null);
    for (const frame of missed) connection.sendFrame(frame);
    return true;
  }

  /** Closes the socket. With a code after which clients resume, the session waits for them; with any other it ends. */
  close(code: number, reason = ''): void {
    if (!isResumable(code)) {
      this.end(code, reason);
      return;
    }
    const state = this.#state;
    if (state.status === 'ready') {
      this.#detach(state, code, reason);
      return;
    }
    if (state.status !== 'identified') return;
    this.#lastCloseCode = code;
    this.#transition({ status: 'allocated' });
    state.connection.close(code, reason);
  }

  /** Leaves the channel for good. */
  end(code: number, reason = ''): void {
    const state = this.#state;
    if (state.status === 'ended') return;
    this.#lastCloseCode = code;
    this.#transition({ status: 'ended' });
    this.room.leave(this);
    this.media.close();
    if ('connection' in state) state.connection.close(code, reason);
    this.#onEnded(this);
  }

  notify(op: number, d: unknown): void {
    this.#send(this.#outbox.addJson(op, d));
  }

  notifyBinary(op: number, payload: Buffer): void {
    this.#send(this.#outbox.addBinary(op, payload));
  }

  hear(frame: RoomFrame): void {
    this.media.send(frame);
  }

  report(kind: UnexpectedKind, detail: string): void {
    this.context.unexpected.add(kind, detail, this.credentials);
  }

  onMessage(connection: GatewayConnection, message: ClientMessage): void {
    handleMessage(this, connection, message);
  }

  onBinary(_connection: GatewayConnection, op: number, payload: Buffer): void {
    handleBinary(this, op, payload);
  }

  onHeartbeat(sequence: number): void {
    this.#acknowledged = sequence;
    this.#outbox.acknowledge(sequence);
  }

  onClose(connection: GatewayConnection, code: number): void {
    const state = this.#state;
    if (!('connection' in state) || state.connection !== connection) return;
    this.#lastCloseCode = code;
    if (state.status === 'identified') {
      this.#transition({ status: 'allocated' });
      return;
    }
    if (code === NORMAL_CLOSURE || !isResumable(code)) {
      this.end(code);
      return;
    }
    this.#detach(state, code);
  }

  #startOver(): void {
    if (this.#state.status === 'ready') this.#detach(this.#state, VoiceCloseCodes.SessionNoLongerValid);
    if (this.#state.status === 'identified') this.close(1_006);
    if (this.#state.status === 'detached') {
      this.room.leave(this);
      this.#transition({ status: 'allocated' });
    }
    this.#outbox = createOutbox(this.context);
    this.#acknowledged = -1;
  }

  #detach(ready: VoiceSessionState & { status: 'ready' }, code: number, reason = ''): void {
    const expiry = setTimeout(
      () => this.end(VoiceCloseCodes.SessionTimeout),
      this.context.options.resumeWindowMs,
    );
    this.#lastCloseCode = code;
    this.#transition({ status: 'detached', terms: ready.terms, expiry });
    ready.connection.close(code, reason);
  }

  #send(frame: string | Buffer): void {
    if (this.#state.status === 'ready') this.#state.connection.sendFrame(frame);
  }

  /** The only place that assigns the state. */
  #transition(next: VoiceSessionState): void {
    const previous = this.#state;
    if (!canMove(previous.status, next.status)) {
      throw new Error(`bug: voice session moved ${previous.status} -> ${next.status}`);
    }
    this.#state = next;
    if (previous.status === 'detached') clearTimeout(previous.expiry);
  }
}

/** Codes after which clients resume: they lost the network or the server, not the session. */
function isResumable(code: number): boolean {
  return code === VoiceCloseCodes.VoiceServerCrashed || code < 4_000;
}

function createOutbox({ options }: VoiceContext): NumberedOutbox {
  return new NumberedOutbox({ firstSequence: options.firstSequence, maxFrames: options.resumeBufferFrames });
}
