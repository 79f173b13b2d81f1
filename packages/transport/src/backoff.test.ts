import { expect, test } from 'vitest';
import { backoffMs } from './backoff.ts';

test('the wait doubles from 50 ms to 1 s, and jitter takes any part of it, never more', () => {
  const longest = [1, 2, 3, 4, 5, 6, 7, 50].map((failures) => backoffMs(failures, () => 1));
  expect(longest).toEqual([50, 100, 200, 400, 800, 1_000, 1_000, 1_000]);
  expect(backoffMs(6, () => 0)).toBe(0);
  for (let index = 0; index < 100; index++) expect(backoffMs(3, Math.random)).toBeLessThan(200);
});
