import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { prettyLine } from './pretty-line.ts';

const plain = (service: string, line: string) => stripVTControlCharacters(prettyLine(service, line));

test('a log record reads as time, service, level, message, fields', () => {
  const time = new Date(2026, 0, 2, 3, 4, 5).toISOString();
  const line = JSON.stringify({
    level: 'info',
    time,
    pid: 1,
    hostname: 'h',
    msg: 'joined',
    guildId: '1',
    frames: 3,
  });
  expect(plain('player', line)).toBe('03:04:05 player  info  joined guildId=1 frames=3');
});

test("an error's stack is indented below its record", () => {
  const line = JSON.stringify({
    level: 'error',
    msg: 'failed',
    err: { message: 'no', stack: 'Error: no\n    at x' },
  });
  expect(plain('bot', line)).toBe(
    `${' '.repeat(8)} bot     error failed\n${' '.repeat(17)}Error: no\n${' '.repeat(17)}    at x`,
  );
});

test.each(['Segmentation fault', '{ not json', '{"some":"json"}', '{}'])(
  '%j, which is no log record, is shown as it is',
  (line) => {
    expect(plain('bot', line)).toBe(`${' '.repeat(8)} bot     ${line}`);
  },
);
