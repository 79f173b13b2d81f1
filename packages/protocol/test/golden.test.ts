import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  COMMANDS,
  type CommandAction,
  decodeCommand,
  decodeEvent,
  decodeReply,
  EVENTS,
  encodeCommand,
  encodeEvent,
  encodeReply,
  type PlayerEvent,
  type RequestKey,
  readReplyData,
} from '../src/index.ts';

interface CommandGolden {
  readonly command: { readonly timestamp: number };
  readonly reply: unknown;
}

const commands = read('commands') as Record<CommandAction, CommandGolden>;
const events = read('events') as Record<string, unknown>;

test('every command and every event has its golden JSON, and nothing else has', () => {
  expect(Object.keys(commands).sort()).toEqual(Object.keys(COMMANDS).sort());
  expect(Object.keys(events).sort()).toEqual(Object.keys(EVENTS).sort());
});

describe.each(Object.entries(commands))('%s', (action, golden) => {
  test('is read from its golden JSON and written back to the same', () => {
    const command = decodeCommand(bytes(golden.command));
    expect(command.action).toBe(action);

    const again = encodeCommand(
      { ...command, key: command.key as RequestKey },
      golden.command.timestamp * 1_000,
    );

    expect(JSON.parse(again.toString())).toEqual(golden.command);
  });

  test('has a reply that is read from its golden JSON and written back to the same', () => {
    const reply = decodeReply(bytes(golden.reply));
    if (reply.status !== 'success') throw new Error('the golden reply must be a success');

    const data = readReplyData(action as CommandAction, reply.data);

    expect(JSON.parse(encodeReply({ ...reply, data }).toString())).toEqual(golden.reply);
  });
});

test.each(Object.entries(events))(
  '%s is read from its golden JSON and written back to the same',
  (action, golden) => {
    const event = decodeEvent(bytes(golden));
    expect(event.action).toBe(action);
    expect(JSON.parse(encodeEvent(event as PlayerEvent).toString())).toEqual(golden);
  },
);

test('an error reply keeps code, details and key', () => {
  const golden = read('error-reply');
  const reply = decodeReply(bytes(golden));
  expect(reply).toMatchObject({ status: 'error', error: { code: 'QUEUE_FULL', retryable: false } });
  expect(JSON.parse(encodeReply(reply).toString())).toEqual(golden);
});

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../golden/${name}.golden.json`, import.meta.url), 'utf8'));
}

function bytes(message: unknown): Buffer {
  return Buffer.from(JSON.stringify(message));
}
