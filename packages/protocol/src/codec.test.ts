import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  COMMANDS,
  CommandRefused,
  decodeCommand,
  decodeEvent,
  decodeReply,
  encodeCommand,
  type GuildId,
  LIMITS,
  PlayerError,
  parseJson,
  type RequestKey,
  readReplyData,
} from './index.ts';

const GUILD = '1180000000000000001' as GuildId;
const KEY = '1180000000000000901:add' as RequestKey;

test('snowflakes-as-integers: an integer id above 2^53 from an older peer stays itself', () => {
  const older = readFileSync(new URL('../golden/older-peer.golden.json', import.meta.url), 'utf8');
  const [message] = Object.values(parseJson(older) as Record<string, unknown>);

  const command = decodeCommand(Buffer.from(JSON.stringify(message)));

  expect(command).toMatchObject({
    action: 'ADD_TO_QUEUE',
    guildId: '689241026199552011',
    key: null,
    v: 0,
    data: { query: 'marble arch', repeat_count: 1, position: 'end', requester_name: 'ann' },
  });
});

test('integers in the raw bytes keep every digit, wherever they stand', () => {
  const raw =
    '{"type":"command","action":"CONNECT","guild_id":689241026199552011,"data":{"channel_id":689241026199552013}}';
  expect(decodeCommand(Buffer.from(raw))).toMatchObject({
    guildId: '689241026199552011',
    data: { channel_id: '689241026199552013' },
  });
});

test('small integers, fractions and exponents stay numbers', () => {
  expect(parseJson('[1, -7, 2.5, 1e3, 9007199254740991]')).toEqual([
    1, -7, 2.5, 1_000, 9_007_199_254_740_991,
  ]);
  expect(parseJson('[9007199254740993, -9007199254740993]')).toEqual([
    '9007199254740993',
    '-9007199254740993',
  ]);
});

describe('a command that cannot be carried out is refused with a code', () => {
  const good = { v: 1, type: 'command', action: 'PAUSE', guild_id: GUILD, data: {}, timestamp: 1, key: KEY };
  test.each([
    ['no JSON', Buffer.from('{'), 'BAD_REQUEST'],
    ['not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'BAD_REQUEST'],
    ['an array', json([]), 'BAD_REQUEST'],
    ['null', json(null), 'BAD_REQUEST'],
    ['another type', json({ ...good, type: 'event' }), 'BAD_REQUEST'],
    ['no guild', json({ ...good, guild_id: null }), 'BAD_REQUEST'],
    ['a guild id that is no snowflake', json({ ...good, guild_id: '12;DROP' }), 'BAD_REQUEST'],
    ['a negative guild id', json({ ...good, guild_id: -5 }), 'BAD_REQUEST'],
    ['data of the wrong shape', json({ ...good, action: 'SEEK', data: { position_ms: -1 } }), 'BAD_REQUEST'],
    ['a time to live beyond the limit', json({ ...good, ttl_ms: LIMITS.ttlMs + 1 }), 'BAD_REQUEST'],
    ['neither entry nor index', json({ ...good, action: 'REMOVE_FROM_QUEUE' }), 'BAD_REQUEST'],
    ['an unknown action', json({ ...good, action: 'EXPLODE' }), 'UNKNOWN_ACTION'],
    [
      'an action named like a property of every object',
      json({ ...good, action: 'constructor' }),
      'UNKNOWN_ACTION',
    ],
    ['a version nobody speaks', json({ ...good, v: 99 }), 'INCOMPATIBLE_PROTOCOL'],
    ['too many bytes', Buffer.alloc(LIMITS.commandBytes + 1, ' '), 'BAD_REQUEST'],
  ])('%s', (_name, bytes, code) => {
    expect(() => decodeCommand(bytes)).toThrow(expect.objectContaining({ code }));
  });

  test('and the refusal names the request, where its key could be read', () => {
    const refusal = catchError(() => decodeCommand(json({ ...good, action: 'EXPLODE' })));
    expect(refusal).toBeInstanceOf(CommandRefused);
    expect(refusal).toMatchObject({ key: KEY });
  });

  test('before it is sent, when it breaks its own schema', () => {
    const send = () =>
      encodeCommand(
        { action: 'SET_VOLUME', guildId: GUILD, data: { volume_percent: 1_000 }, key: KEY, ttlMs: 1_000 },
        0,
      );
    expect(send).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }));
  });
});

test('a HELLO is read whatever version it speaks: it is how both sides find out', () => {
  const hello = {
    v: 99,
    type: 'command',
    action: 'HELLO',
    data: { protocol_version: 99, oldest_protocol_version: 98 },
  };
  expect(decodeCommand(json(hello))).toMatchObject({ action: 'HELLO', guildId: null, v: 99 });
});

test('a command without a time to live gets the one of its action', () => {
  const command = decodeCommand(json({ v: 1, type: 'command', action: 'PAUSE', guild_id: GUILD }));
  expect(command.ttlMs).toBe(COMMANDS.PAUSE.timing.totalMs);
});

test('an event of a newer player is counted, not refused', () => {
  const event = {
    v: 2,
    type: 'event',
    action: 'NEWER',
    guild_id: GUILD,
    data: {},
    timestamp: 2.5,
    epoch: 'e',
    sequence: 4,
    revision: 1,
  };
  expect(decodeEvent(json(event))).toEqual({
    action: null,
    name: 'NEWER',
    guildId: GUILD,
    epoch: 'e',
    sequence: 4,
    revision: 1,
    atMs: 2_500,
  });
});

test('an error of a newer player keeps its text and becomes the general code', () => {
  const reply = decodeReply(json({ status: 'error', message: 'new trouble', code: 'NEW_TROUBLE' }));
  expect(reply).toMatchObject({
    error: { code: 'INTERNAL', message: 'new trouble', details: { unknown_code: 'NEW_TROUBLE' } },
  });
});

test('a reply of the wrong shape is refused', () => {
  expect(() => decodeReply(json({ status: 'perhaps' }))).toThrow(PlayerError);
  expect(() => readReplyData('SHUFFLE', { queue_length: 'many' })).toThrow(PlayerError);
});

function json(message: unknown): Buffer {
  return Buffer.from(JSON.stringify(message));
}

function catchError(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
