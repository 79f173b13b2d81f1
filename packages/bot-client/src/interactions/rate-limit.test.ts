import { expect, test } from 'vitest';
import { RateLimit } from './rate-limit.ts';

test('ten in five seconds pass, the eleventh is told how long to wait', () => {
  let now = 1_000;
  const limit = new RateLimit({ limit: 10, windowMs: 5_000, now: () => now });
  for (let i = 0; i < 10; i++) {
    expect(limit.take('ann')).toBe(0);
    now += 100;
  }
  expect(limit.take('ann')).toBe(4_000);
  expect(limit.take('bob')).toBe(0);
  now += 4_000;
  expect(limit.take('ann')).toBe(0);
  expect(limit.take('ann')).toBe(100);
});

test('a refused try does not prolong the wait', () => {
  let now = 0;
  const limit = new RateLimit({ limit: 1, windowMs: 1_000, now: () => now });
  limit.take('ann');
  for (now = 100; now < 1_000; now += 100) expect(limit.take('ann')).toBe(1_000 - now);
  now = 1_000;
  expect(limit.take('ann')).toBe(0);
});
