import { type ErrorCode, PlayerError } from '@bandstand/protocol';
import { beforeEach, expect, test } from 'vitest';
import { DEFAULT_BREAKER, SiteBreakers } from './site-breakers.ts';

let nowMs: number;
let breakers: SiteBreakers;

beforeEach(() => {
  nowMs = 1_000;
  breakers = new SiteBreakers({ ...DEFAULT_BREAKER, now: () => nowMs });
});

function fail(site: string, code: ErrorCode, times = 1, details: PlayerError['details'] = {}): void {
  for (let i = 0; i < times; i++)
    breakers.enter(site).failed(new PlayerError(code, 'it failed', { details }));
}

function isOpen(site: string): boolean {
  try {
    breakers.enter(site).abandoned();
    return false;
  } catch (error) {
    expect(error).toBeInstanceOf(PlayerError);
    return true;
  }
}

test('five failures in a row open it for 30 s; other sites are not touched', () => {
  fail('a.example', 'RATE_LIMITED', 4);
  expect(isOpen('a.example')).toBe(false);
  fail('a.example', 'RATE_LIMITED');
  expect(() => breakers.enter('a.example')).toThrow(expect.objectContaining({ code: 'RATE_LIMITED' }));
  expect(isOpen('b.example')).toBe(false);
  nowMs += 29_999;
  expect(isOpen('a.example')).toBe(true);
  nowMs += 1;
  expect(isOpen('a.example')).toBe(false);
});

test('one request at a time finds out whether the site is well again', () => {
  fail('a.example', 'EXTRACTOR_BROKEN', 5);
  nowMs += 30_000;
  const probe = breakers.enter('a.example');
  expect(breakers.health()).toMatchObject([{ state: 'probing' }]);
  expect(isOpen('a.example')).toBe(true);
  probe.succeeded();
  expect(isOpen('a.example')).toBe(false);
  expect(breakers.health()).toEqual([]);
});

test('a probe that was given up lets the next one through; one that failed doubles the time, up to five minutes', () => {
  fail('a.example', 'SOURCE_TIMEOUT', 5);
  nowMs += 30_000;
  breakers.enter('a.example').abandoned();
  for (const openMs of [60_000, 120_000, 240_000, 300_000, 300_000]) {
    fail('a.example', 'SOURCE_TIMEOUT');
    expect(breakers.health()).toMatchObject([{ state: 'open', retryInMs: openMs }]);
    nowMs += openMs;
  }
});

test('requests that were under way when it opened do not prolong it', () => {
  const late = breakers.enter('a.example');
  fail('a.example', 'SOURCE_NETWORK', 5);
  nowMs += 20_000;
  late.failed(new PlayerError('SOURCE_NETWORK', 'late'));
  expect(breakers.health()).toMatchObject([{ retryInMs: 10_000 }]);
});

test.each<[ErrorCode, PlayerError['details'], boolean]>([
  ['EXTRACTOR_BROKEN', {}, true],
  ['RATE_LIMITED', {}, true],
  ['SOURCE_NETWORK', {}, true],
  ['SOURCE_TIMEOUT', {}, true],
  ['LOGIN_REQUIRED', { robotCheck: true }, true],
  ['LOGIN_REQUIRED', { robotCheck: false }, false],
  ['TRACK_PRIVATE', {}, false],
  ['SOURCE_BUSY', {}, false],
  ['PLAYER_SHUTTING_DOWN', {}, false],
])('%s with %j opens it: %s', (code, details, opens) => {
  fail('a.example', code, 5, details);
  expect(isOpen('a.example')).toBe(opens);
});

test('an answer about one track ends the row; what says nothing of the site does not', () => {
  fail('a.example', 'SOURCE_NETWORK', 4);
  fail('a.example', 'SOURCE_BUSY');
  fail('a.example', 'TRACK_REMOVED');
  fail('a.example', 'SOURCE_NETWORK', 4);
  expect(isOpen('a.example')).toBe(false);
  fail('a.example', 'SOURCE_BUSY');
  fail('a.example', 'SOURCE_NETWORK');
  expect(isOpen('a.example')).toBe(true);
});
