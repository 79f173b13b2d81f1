import { expect, test } from 'vitest';
import { backoffMs } from './backoff.ts';

test('the wait doubles from half a second to half a minute', () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 8, 50].map((attempt) => backoffMs(attempt, () => 0));
  expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
});

test('jitter takes away up to half of the wait and never adds to it', () => {
  expect(backoffMs(3, () => 0.5)).toBe(1_500);
  expect(backoffMs(3, () => 0.999_999)).toBeCloseTo(1_000, 0);
});
