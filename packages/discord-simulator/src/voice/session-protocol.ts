import { randomBytes } from 'node:crypto';
import { VoiceCloseCodes, VoiceOpcodes } from 'discord-api-types/voice/v8';
import { type ClientMessage, readSelectProtocol, readSpeaking, readTransitionId } from './client-messages.ts';
import type { GatewayConnection } from './gateway-connection.ts';
import { createTransportCipher, isTransportMode } from './transport-cipher.ts';
import type { VoiceSession } from './voice-session.ts';

/** What a client may say once it has identified, and how it is answered. */
export function handleMessage(
  session: VoiceSession,
  connection: GatewayConnection,
  message: ClientMessage,
): void {
  switch (message.op) {
    case VoiceOpcodes.SelectProtocol:
      onSelectProtocol(session, connection, message.d);
      return;
    case VoiceOpcodes.Speaking:
      onSpeaking(session, message.d);
      return;
    case VoiceOpcodes.DaveTransitionReady:
    case VoiceOpcodes.DaveMlsInvalidCommitWelcome:
      onDaveMessage(session, message);
      return;
    case VoiceOpcodes.Identify:
    case VoiceOpcodes.Resume:
      session.report('unexpected-message', `opcode ${message.op} on an identified connection`);
      session.end(VoiceCloseCodes.AlreadyAuthenticated, 'Already authenticated.');
      return;
    default:
      session.report('unknown-opcode', `${message.op}`);
      session.end(VoiceCloseCodes.UnknownOpcode, 'Unknown opcode.');
      return;
  }
}

export function handleBinary(session: VoiceSession, op: number, payload: Buffer): void {
  const { delivery } = session.room;
  if (delivery === undefined || session.state.status !== 'ready') {
    session.report('dave-unexpected-message', `binary opcode ${op}`);
    return;
  }
  switch (op) {
    case VoiceOpcodes.DaveMlsKeyPackage:
      delivery.onKeyPackage(session.userId, payload);
      return;
    case VoiceOpcodes.DaveMlsCommitWelcome:
      delivery.onCommit(session.userId, payload);
      return;
    default:
      session.report('unknown-opcode', `binary ${op}`);
      session.end(VoiceCloseCodes.UnknownOpcode, 'Unknown opcode.');
  }
}

function onDaveMessage(session: VoiceSession, { op, d }: ClientMessage): void {
  const { delivery } = session.room;
  const transitionId = readTransitionId(d);
  if (transitionId === undefined) {
    refuse(session, `opcode ${op}`, VoiceCloseCodes.BadRequest);
  } else if (delivery === undefined) {
    session.report('dave-unexpected-message', `opcode ${op}`);
  } else if (op === VoiceOpcodes.DaveTransitionReady) {
    delivery.onTransitionReady(session.userId, transitionId);
  } else {
    delivery.onInvalidCommitWelcome(session.userId);
  }
}

function onSelectProtocol(session: VoiceSession, connection: GatewayConnection, d: unknown): void {
  const chosen = readSelectProtocol(d);
  const { state, media, context } = session;
  if (chosen === undefined || state.status !== 'identified') {
    refuse(session, 'select protocol', VoiceCloseCodes.BadRequest);
    return;
  }
  if (chosen.protocol !== 'udp') {
    refuse(session, 'protocol', VoiceCloseCodes.UnknownProtocol);
    return;
  }
  const { address, port, mode } = chosen.data;
  if (!isTransportMode(mode) || !context.options.modes.includes(mode)) {
    refuse(session, 'encryption mode', VoiceCloseCodes.UnknownEncryptionMode);
    return;
  }
  if (media.remote?.address !== address || media.remote.port !== port) {
    session.report('unexpected-message', 'select protocol with another address than IP discovery found');
  }
  if (context.faults.takeWithheld('sessionDescription')) return;
  const secretKey = randomBytes(32);
  media.establish(createTransportCipher(mode, secretKey));
  const daveVersion = session.room.dave ? Math.min(1, state.maxDaveVersion) : 0;
  session.establish(connection, { mode, daveVersion }, secretKey);
}

function onSpeaking(session: VoiceSession, d: unknown): void {
  const speaking = readSpeaking(d);
  if (speaking === undefined || speaking.ssrc !== session.media.ssrc) {
    refuse(session, 'speaking', VoiceCloseCodes.BadRequest);
    return;
  }
  if (session.state.status !== 'ready') {
    session.report('unexpected-message', 'speaking before Session Description');
    return;
  }
  session.media.setSpeaking(speaking.speaking);
  session.room.tellOthers(session, VoiceOpcodes.Speaking, {
    user_id: session.userId,
    ssrc: speaking.ssrc,
    speaking: speaking.speaking,
  });
}

function refuse(session: VoiceSession, detail: string, code: VoiceCloseCodes): void {
  session.report('malformed-message', detail);
  session.end(code);
}
