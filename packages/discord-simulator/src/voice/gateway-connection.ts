import { VoiceCloseCodes, VoiceOpcodes } from 'discord-api-types/voice/v8';
import type { RawData, WebSocket } from 'ws';
import { type ClientMessage, readClientMessage, readHeartbeat } from './client-messages.ts';
import { DelayLine } from './delay-line.ts';
import type { Frame } from './numbered-outbox.ts';
import type { VoiceContext } from './voice-context.ts';

/** Whoever stands behind a connection: first the gateway, which waits for Identify or Resume, then a session. */
export interface ConnectionHandler {
  onMessage(connection: GatewayConnection, message: ClientMessage): void;
  onBinary(connection: GatewayConnection, op: number, payload: Buffer): void;
  /** The client acknowledged everything up to `sequence`, -1 for nothing. */
  onHeartbeat(sequence: number): void;
  /** Called once, whoever closed. */
  onClose(connection: GatewayConnection, code: number): void;
}

const GATEWAY_VERSION = 8;

/**
 * One WebSocket of the voice gateway, version 8: Hello, heartbeats, framing.
 *
 * Knows no session; answers heartbeats itself and closes with 4009 a client that stops sending them.
 *
 * @see https://docs.discord.com/developers/topics/voice-connections
 */
export class GatewayConnection {
  readonly #socket: WebSocket;
  readonly #context: VoiceContext;
  readonly #toClient = new DelayLine();
  readonly #toServer = new DelayLine();
  #handler: ConnectionHandler;
  #deadline: NodeJS.Timeout | undefined;
  #identifyDeadline: NodeJS.Timeout | undefined;
  /** We said goodbye: nothing it still says counts. */
  #closing = false;

  constructor(socket: WebSocket, context: VoiceContext, handler: ConnectionHandler) {
    this.#socket = socket;
    this.#context = context;
    this.#handler = handler;
    socket.on('message', (data, isBinary) => {
      this.#toServer.run(context.faults.messageDelayMs.toServer, () => this.#receive(data, isBinary));
    });
    socket.on('error', () => socket.terminate()); // a broken frame: `close` follows
    socket.once('close', (code) => this.#onClose(code));
    this.#identifyDeadline = setTimeout(
      () => this.#timeOut('did not identify in time'),
      context.options.identifyDeadlineMs,
    );
    this.#expectHeartbeat();
    if (!context.faults.takeWithheld('hello')) {
      const { heartbeatIntervalMs } = context.options;
      this.send(VoiceOpcodes.Hello, { v: GATEWAY_VERSION, heartbeat_interval: heartbeatIntervalMs });
    }
  }

  /** Hands the connection to the session that identified or resumed on it. */
  bind(handler: ConnectionHandler): void {
    clearTimeout(this.#identifyDeadline);
    this.#handler = handler;
  }

  /** Sends a message that carries no sequence number. */
  send(op: number, d: unknown): void {
    this.sendFrame(JSON.stringify({ op, d }));
  }

  sendFrame(frame: Frame): void {
    this.#toClient.run(this.#context.faults.messageDelayMs.toClient, () => {
      if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(frame);
    });
  }

  /** Closes after everything sent before it. 1006, which is what a lost network looks like, drops the socket at once. */
  close(code: number, reason = ''): void {
    if (this.#closing) return;
    this.#stopWaiting();
    if (code === 1006) {
      this.#socket.terminate();
      return;
    }
    this.#toClient.run(this.#context.faults.messageDelayMs.toClient, () => this.#socket.close(code, reason));
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#closing) return;
    const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer);
    if (isBinary) {
      if (bytes.length === 0) {
        this.#refuse('an empty binary message');
        return;
      }
      this.#handler.onBinary(this, bytes.readUInt8(0), bytes.subarray(1));
      return;
    }
    const message = readClientMessage(bytes.toString('utf8'));
    if (message === undefined) {
      this.#refuse('a message that is no JSON object with an opcode');
      return;
    }
    if (message.op === VoiceOpcodes.Heartbeat) {
      this.#onHeartbeat(message.d);
      return;
    }
    this.#handler.onMessage(this, message);
  }

  #onHeartbeat(d: unknown): void {
    const heartbeat = readHeartbeat(d);
    if (heartbeat === undefined) {
      this.#refuse('a heartbeat without t');
      return;
    }
    this.#expectHeartbeat();
    this.#handler.onHeartbeat(heartbeat.sequence);
    if (this.#context.faults.takeWithheld('heartbeatAck')) return;
    this.send(VoiceOpcodes.HeartbeatAck, { t: heartbeat.t });
  }

  #refuse(detail: string): void {
    this.#context.unexpected.add('malformed-message', detail);
    this.close(VoiceCloseCodes.FailedToDecode, 'Failed to decode payload.');
  }

  // Discord's own patience is not documented; three intervals are what its clients grant the gateway.
  #expectHeartbeat(): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(
      () => this.#timeOut('three heartbeats missed'),
      3 * this.#context.options.heartbeatIntervalMs,
    );
  }

  #timeOut(detail: string): void {
    this.#context.unexpected.add('missed-heartbeats', detail);
    this.close(VoiceCloseCodes.SessionTimeout, 'Session timed out.');
  }

  #stopWaiting(): void {
    this.#closing = true;
    clearTimeout(this.#deadline);
    clearTimeout(this.#identifyDeadline);
  }

  #onClose(code: number): void {
    this.#stopWaiting();
    this.#toClient.close();
    this.#toServer.close();
    this.#handler.onClose(this, code);
  }
}
