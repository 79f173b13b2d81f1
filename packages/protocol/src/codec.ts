import { z } from 'zod';
import {
  COMMANDS,
  type CommandAction,
  type CommandInput,
  isCommandAction,
  type ReplyData,
} from './commands.ts';
import {
  type Command,
  CommandRefused,
  commandEnvelopeSchema,
  eventEnvelopeSchema,
  type PlayerEvent,
  type Reply,
  replyEnvelopeSchema,
} from './envelope.ts';
import { isErrorCode, PlayerError } from './errors.ts';
import { EVENTS, isEventAction } from './events.ts';
import { type GuildId, type RequestKey, requestKeySchema } from './ids.ts';
import { LIMITS, OLDEST_PROTOCOL_VERSION, PROTOCOL_VERSION } from './limits.ts';
import { parseJson } from './parse-json.ts';

/** Bytes on the wire are UTF-8; anything else is refused rather than repaired. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

export interface CommandToSend<A extends CommandAction> {
  readonly action: A;
  readonly guildId: GuildId | null;
  readonly data: CommandInput<A>;
  readonly key: RequestKey;
  readonly ttlMs: number;
}

/**
 * The one place where bytes become messages, in both directions.
 *
 * @throws {@link PlayerError} `BAD_REQUEST` when the command breaks its own schema or the size limit (before it is sent).
 */
export function encodeCommand<A extends CommandAction>(command: CommandToSend<A>, nowMs: number): Buffer {
  const checked = COMMANDS[command.action].data.safeParse(command.data);
  if (!checked.success) throw new PlayerError('BAD_REQUEST', z.prettifyError(checked.error));
  return encode(
    {
      v: PROTOCOL_VERSION,
      type: 'command',
      action: command.action,
      guild_id: command.guildId,
      data: checked.data,
      timestamp: nowMs / 1_000,
      key: command.key,
      ttl_ms: Math.min(Math.max(1, Math.ceil(command.ttlMs)), LIMITS.ttlMs),
    },
    LIMITS.commandBytes,
  );
}

/** @throws {@link CommandRefused} with the code and, where it could be read, the request's key. */
export function decodeCommand(bytes: Uint8Array): Command {
  const json = read(bytes, LIMITS.commandBytes);
  const key = keyOf(json);
  const refuse = (code: 'BAD_REQUEST' | 'UNKNOWN_ACTION' | 'INCOMPATIBLE_PROTOCOL', message: string) =>
    new CommandRefused(code, message, key);

  const envelope = commandEnvelopeSchema.safeParse(json);
  if (!envelope.success) throw refuse('BAD_REQUEST', z.prettifyError(envelope.error));
  const { v, action, guild_id: guildId = null, ttl_ms: ttlMs } = envelope.data;
  if (!isCommandAction(action)) throw refuse('UNKNOWN_ACTION', `unknown action ${JSON.stringify(action)}`);
  // HELLO itself must always be readable: it is how both sides find out.
  if (action !== 'HELLO' && v !== 0 && (v < OLDEST_PROTOCOL_VERSION || v > PROTOCOL_VERSION)) {
    throw refuse(
      'INCOMPATIBLE_PROTOCOL',
      `protocol version ${v}; this side speaks ${OLDEST_PROTOCOL_VERSION} to ${PROTOCOL_VERSION}`,
    );
  }
  if (action !== 'HELLO' && guildId === null) throw refuse('BAD_REQUEST', 'guild_id is missing');
  const data = COMMANDS[action].data.safeParse(envelope.data.data);
  if (!data.success) throw refuse('BAD_REQUEST', z.prettifyError(data.error));
  return {
    action,
    data: data.data,
    guildId,
    key,
    ttlMs: ttlMs ?? COMMANDS[action].timing.totalMs,
    v,
  } as Command;
}

export function encodeReply(reply: Reply): Buffer {
  const head = { v: PROTOCOL_VERSION, key: reply.key, epoch: reply.epoch, revision: reply.revision };
  if (reply.status === 'success')
    return encode({ ...head, status: 'success', data: reply.data }, LIMITS.replyBytes);
  const { code, retryable, details, message } = reply.error;
  return encode(
    { ...head, status: 'error', message: message.slice(0, 1_000), code, retryable, details },
    LIMITS.replyBytes,
  );
}

/** @throws {@link PlayerError} `BAD_REQUEST` when the bytes are no reply. */
export function decodeReply(bytes: Uint8Array): Reply {
  const envelope = replyEnvelopeSchema.safeParse(read(bytes, LIMITS.replyBytes));
  if (!envelope.success)
    throw new PlayerError('BAD_REQUEST', `not a reply: ${z.prettifyError(envelope.error)}`);
  const { key = null, epoch = null, revision = null } = envelope.data;
  if (envelope.data.status === 'success')
    return { status: 'success', data: envelope.data.data, key, epoch, revision };
  const { code, message, details } = envelope.data;
  // A newer player may know codes that this bot does not: the text stays for the log, the code becomes the general one.
  const error = isErrorCode(code)
    ? new PlayerError(code, message, { details })
    : new PlayerError('INTERNAL', message, { details: { ...details, unknown_code: code } });
  return { status: 'error', error, key, epoch, revision };
}

/** @throws {@link PlayerError} `BAD_REQUEST` when the data does not fit the action. */
export function readReplyData<A extends CommandAction>(action: A, data: unknown): ReplyData<A> {
  const checked = COMMANDS[action].reply.safeParse(data);
  if (!checked.success)
    throw new PlayerError('BAD_REQUEST', `reply to ${action}: ${z.prettifyError(checked.error)}`);
  return checked.data as ReplyData<A>;
}

/** @throws {@link PlayerError} `BAD_REQUEST` when the event exceeds the size limit: a bug in whoever built it. */
export function encodeEvent(event: PlayerEvent): Buffer {
  return encode(
    {
      v: PROTOCOL_VERSION,
      type: 'event',
      action: event.action,
      guild_id: event.guildId,
      data: event.data,
      timestamp: event.atMs / 1_000,
      epoch: event.epoch,
      sequence: event.sequence,
      revision: event.revision,
    },
    LIMITS.eventBytes,
  );
}

/**
 * @returns `undefined` for an event this side does not know yet: it is skipped, its sequence must still be counted.
 * @throws {@link PlayerError} `BAD_REQUEST` when the bytes are no event.
 */
export function decodeEvent(bytes: Uint8Array): PlayerEvent | UnknownEvent {
  const envelope = eventEnvelopeSchema.safeParse(read(bytes, LIMITS.eventBytes));
  if (!envelope.success)
    throw new PlayerError('BAD_REQUEST', `not an event: ${z.prettifyError(envelope.error)}`);
  const { action, guild_id: guildId, epoch, sequence, revision } = envelope.data;
  const head = { guildId, epoch, sequence, revision, atMs: Math.round(envelope.data.timestamp * 1_000) };
  if (!isEventAction(action)) return { ...head, action: null, name: action };
  const data = EVENTS[action].safeParse(envelope.data.data);
  if (!data.success) throw new PlayerError('BAD_REQUEST', `event ${action}: ${z.prettifyError(data.error)}`);
  return { ...head, action, data: data.data } as PlayerEvent;
}

/** An event from a newer player. */
export interface UnknownEvent extends Pick<PlayerEvent, 'epoch' | 'sequence' | 'revision' | 'atMs'> {
  readonly action: null;
  readonly name: string;
  readonly guildId: GuildId | null;
}

function encode(message: unknown, maxBytes: number): Buffer {
  const bytes = Buffer.from(JSON.stringify(message));
  if (bytes.length > maxBytes)
    throw new PlayerError('BAD_REQUEST', `message of ${bytes.length} bytes exceeds ${maxBytes}`);
  return bytes;
}

function read(bytes: Uint8Array, maxBytes: number): unknown {
  if (bytes.length > maxBytes) {
    throw new CommandRefused('BAD_REQUEST', `message of ${bytes.length} bytes exceeds ${maxBytes}`, null);
  }
  try {
    return parseJson(utf8.decode(bytes));
  } catch (cause) {
    throw new CommandRefused('BAD_REQUEST', 'the message is not JSON in UTF-8', null, { cause });
  }
}

function keyOf(json: unknown): RequestKey | null {
  if (typeof json !== 'object' || json === null || !('key' in json)) return null;
  return requestKeySchema.safeParse(json.key).data ?? null;
}
