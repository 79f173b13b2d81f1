import { expect, test } from 'vitest';
import { slopePerHour } from './slope.ts';

test('a straight line has its own slope, and noise around a level has none', () => {
  const line = Array.from({ length: 60 }, (_, index) => ({ atMs: index * 60_000, value: 100 + index }));
  expect(slopePerHour(line)).toBeCloseTo(60, 6);
  const level = Array.from({ length: 60 }, (_, index) => ({
    atMs: index * 60_000,
    value: 100 + (index % 2),
  }));
  expect(Math.abs(slopePerHour(level))).toBeLessThan(0.1);
  expect(slopePerHour([{ atMs: 0, value: 1 }])).toBe(0);
});
