import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ranksInOrder } from './entry-order.ts';

function changed(known: readonly (number | undefined)[], ranks: readonly number[]): number {
  return ranks.filter((rank, index) => rank !== known[index]).length;
}

test('what is in order already keeps its ranks', () => {
  expect(ranksInOrder([0, 5, 9])).toEqual([0, 5, 9]);
  expect(ranksInOrder([])).toEqual([]);
});

test('moving one entry of many changes one rank, in either direction', () => {
  const ranks = Array.from({ length: 5_000 }, (_, index) => index * 1_024);
  const first = [...ranks.slice(1), ranks[0] as number];
  const last = [ranks.at(-1) as number, ...ranks.slice(0, -1)];
  expect(changed(first, ranksInOrder(first))).toBe(1);
  expect(changed(last, ranksInOrder(last))).toBe(1);
});

test('entries put into the same place again and again find room', () => {
  let ranks = [0, 1_024];
  for (let round = 0; round < 200; round++) ranks = ranksInOrder([ranks[0], undefined, ...ranks.slice(1)]);
  expect(ranks).toHaveLength(202);
  expect(new Set(ranks).size).toBe(202);
  expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
});

test('ranks always increase strictly, whatever was known', () => {
  const rank = fc.option(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }), {
    nil: undefined,
  });
  fc.assert(
    fc.property(fc.array(rank, { maxLength: 50 }), (known) => {
      const ranks = ranksInOrder(known);
      expect(ranks).toHaveLength(known.length);
      for (const [index, value] of ranks.entries()) {
        if (index > 0) expect(value).toBeGreaterThan(ranks[index - 1] as number);
      }
    }),
  );
});
