import { VoiceCloseCodes, VoiceOpcodes } from 'discord-api-types/voice/v8';
import { type ClientMessage, readIdentify, readResume } from './client-messages.ts';
import type { ConnectionHandler, GatewayConnection } from './gateway-connection.ts';
import type { SessionDirectory } from './session-directory.ts';
import type { VoiceContext } from './voice-context.ts';
import type { VoiceEndpoint } from './voice-endpoint.ts';
import type { VoiceSession } from './voice-session.ts';

/** Decides who gets in: answers the first message of each connection to one endpoint. */
export class Doorkeeper implements ConnectionHandler {
  readonly #endpoint: VoiceEndpoint;
  readonly #directory: SessionDirectory;
  readonly #context: VoiceContext;

  constructor(endpoint: VoiceEndpoint, directory: SessionDirectory, context: VoiceContext) {
    this.#endpoint = endpoint;
    this.#directory = directory;
    this.#context = context;
  }

  onMessage(connection: GatewayConnection, message: ClientMessage): void {
    switch (message.op) {
      case VoiceOpcodes.Identify:
        this.#onIdentify(connection, message.d);
        return;
      case VoiceOpcodes.Resume:
        this.#onResume(connection, message.d);
        return;
      default:
        this.#refuseStranger(connection, message.op);
        return;
    }
  }

  onBinary(connection: GatewayConnection, op: number): void {
    this.#refuseStranger(connection, op);
  }

  onHeartbeat(): void {
    // Clients send heartbeats from Hello on; before Identify there is nothing they could acknowledge.
  }

  onClose(): void {
    // Whoever leaves at the door leaves nothing behind.
  }

  #onIdentify(connection: GatewayConnection, d: unknown): void {
    const identify = readIdentify(d);
    if (identify === undefined) {
      this.#context.unexpected.add('malformed-message', 'identify');
      connection.close(VoiceCloseCodes.FailedToDecode, 'Failed to decode payload.');
      return;
    }
    const session = this.#directory.byToken(identify.token);
    const who = { guildId: identify.server_id, userId: identify.user_id };
    const history = this.#directory.history(session?.credentials ?? who);
    const ordered = this.#context.faults.takeIdentifyRefusal();
    const verdict = ordered ?? this.#judge(session, identify);
    if (verdict !== undefined || session === undefined) {
      if (history !== undefined) history.refusals++;
      if (ordered === undefined) this.#context.unexpected.add('refused-identify', `${verdict}`, who);
      connection.close(verdict ?? VoiceCloseCodes.AuthenticationFailed);
      return;
    }
    if (history !== undefined) history.identifies++;
    this.#directory.succeed(session);
    session.identify(connection, identify.max_dave_protocol_version);
  }

  /** @returns The code to close with, `undefined` for a good Identify. */
  #judge(
    session: VoiceSession | undefined,
    identify: {
      server_id: string;
      user_id: string;
      session_id: string;
      token: string;
      max_dave_protocol_version: number;
    },
  ): number | undefined {
    if (session === undefined) {
      const expired = this.#directory.retiredOwner(identify.token) !== undefined;
      return expired ? VoiceCloseCodes.SessionNoLongerValid : VoiceCloseCodes.AuthenticationFailed;
    }
    const { guildId, userId, sessionId } = session.credentials;
    if (guildId !== identify.server_id || session.media.port !== this.#endpoint.media.port) {
      return VoiceCloseCodes.ServerNotFound;
    }
    if (userId !== identify.user_id) return VoiceCloseCodes.AuthenticationFailed;
    if (sessionId !== identify.session_id) return VoiceCloseCodes.SessionNoLongerValid;
    const tooOld = session.room.dave && identify.max_dave_protocol_version < 1;
    return tooOld ? VoiceCloseCodes.EndToEndEncryptionDAVEProtocolRequired : undefined;
  }

  #onResume(connection: GatewayConnection, d: unknown): void {
    const resume = readResume(d);
    if (resume === undefined) {
      this.#context.unexpected.add('malformed-message', 'resume');
      connection.close(VoiceCloseCodes.FailedToDecode, 'Failed to decode payload.');
      return;
    }
    const session = this.#directory.byToken(resume.token);
    const known =
      session?.credentials.guildId === resume.server_id &&
      session.credentials.sessionId === resume.session_id;
    const owner = session?.credentials ?? this.#directory.retiredOwner(resume.token);
    const history = owner === undefined ? undefined : this.#directory.history(owner);
    if (known && session.resume(connection, resume.seq_ack)) {
      if (history !== undefined) history.resumes++;
      return;
    }
    if (history !== undefined) history.refusals++;
    connection.close(VoiceCloseCodes.SessionNoLongerValid, 'Session is no longer valid.');
  }

  #refuseStranger(connection: GatewayConnection, op: number): void {
    this.#context.unexpected.add('unexpected-message', `opcode ${op} before identify`);
    connection.close(VoiceCloseCodes.NotAuthenticated, 'Not authenticated.');
  }
}
