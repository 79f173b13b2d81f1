import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMs } from './backoff.ts';

const middle = () => 0.5;

test('the wait doubles from half a second until it reaches its cap', () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 8, 50].map((attempt) => backoffMs(attempt, middle));
  expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 24_000, 24_000, 24_000]);
});

test('jitter makes a wait shorter or longer by a quarter at most, and never longer than half a minute', () => {
  const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000 }), chance, (attempt, random) => {
      const waitMs = backoffMs(attempt, () => random);
      const middleMs = backoffMs(attempt, middle);
      expect(waitMs).toBeGreaterThanOrEqual(middleMs * 0.75);
      expect(waitMs).toBeLessThanOrEqual(Math.min(30_000, middleMs * 1.25));
      expect(Math.sign(waitMs - middleMs)).toBe(Math.sign(random - 0.5));
    }),
  );
});

test('a hundred guilds that lose the same voice server come back spread over half the wait', () => {
  const waits = Array.from({ length: 100 }, (_, guild) => backoffMs(2, () => guild / 100)).sort(
    (a, b) => a - b,
  );
  expect((waits.at(-1) ?? 0) - (waits[0] ?? 0)).toBeGreaterThan(480);
  const steps = waits.map((wait, index) => wait - (waits[index - 1] ?? wait));
  expect(Math.max(...steps)).toBeLessThan(10);
});
