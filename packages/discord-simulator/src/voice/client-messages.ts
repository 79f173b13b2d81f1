import type {
  VoiceIdentifyData,
  VoiceResumeData,
  VoiceSelectProtocolData,
  VoiceSpeakingSendData,
} from 'discord-api-types/voice/v8';

/** A JSON message as a client sent it, its body not yet looked at. */
export interface ClientMessage {
  readonly op: number;
  readonly d: unknown;
}

type Fields = Record<string, unknown>;

/** Each reader answers `undefined` for what Discord would not understand. */
export function readClientMessage(text: string): ClientMessage | undefined {
  try {
    const message: unknown = JSON.parse(text);
    return isFields(message) && isWhole(message['op']) ? { op: message['op'], d: message['d'] } : undefined;
  } catch {
    return undefined; // not JSON: the caller closes with 4002
  }
}

/** @see https://docs.discord.com/developers/topics/voice-connections#establishing-a-voice-websocket-connection */
export function readIdentify(d: unknown): Required<VoiceIdentifyData> | undefined {
  if (!isFields(d) || !areStrings(d, 'server_id', 'user_id', 'session_id', 'token')) return undefined;
  const dave = d['max_dave_protocol_version'] ?? 0;
  if (!isWhole(dave)) return undefined;
  return { ...(d as unknown as VoiceIdentifyData), max_dave_protocol_version: dave };
}

export function readResume(d: unknown): VoiceResumeData | undefined {
  if (!isFields(d) || !areStrings(d, 'server_id', 'session_id', 'token')) return undefined;
  const sequence = d['seq_ack'] ?? -1;
  return isSequence(sequence) ? { ...(d as unknown as VoiceResumeData), seq_ack: sequence } : undefined;
}

export function readSelectProtocol(d: unknown): VoiceSelectProtocolData | undefined {
  if (!isFields(d) || typeof d['protocol'] !== 'string') return undefined;
  const chosen = d['data'];
  if (!isFields(chosen) || !areStrings(chosen, 'address', 'mode') || !isWhole(chosen['port']))
    return undefined;
  return d as unknown as VoiceSelectProtocolData;
}

export function readSpeaking(d: unknown): VoiceSpeakingSendData | undefined {
  if (!isFields(d) || !isWhole(d['speaking']) || !isWhole(d['ssrc'])) return undefined;
  return d as unknown as VoiceSpeakingSendData;
}

/** `seq_ack` is -1 or absent while nothing numbered was seen. */
export function readHeartbeat(d: unknown): { readonly t: number; readonly sequence: number } | undefined {
  if (!isFields(d) || typeof d['t'] !== 'number') return undefined;
  const sequence = d['seq_ack'] ?? -1;
  return isSequence(sequence) ? { t: d['t'], sequence } : undefined;
}

export function readTransitionId(d: unknown): number | undefined {
  if (!isFields(d)) return undefined;
  const id = d['transition_id'];
  return isSequence(id) && id >= 0 ? id : undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isWhole(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}

function isSequence(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= -1 && (value as number) <= 0xffff;
}

function areStrings(fields: Fields, ...names: string[]): boolean {
  return names.every((name) => typeof fields[name] === 'string');
}
