import { expect, test } from 'vitest';
import { BoundedRing } from './bounded-ring.ts';
import { SequenceHoles } from './sequence-holes.ts';

test('a ring keeps the newest, oldest first', () => {
  const ring = new BoundedRing<number>(3);
  for (let i = 1; i <= 100; i++) {
    ring.push(i);
    expect(ring.toArray()).toEqual([i - 2, i - 1, i].filter((n) => n > 0));
  }
});

test('holes are counted for each sender, across the wrap, and late packets fill them', () => {
  const holes = new SequenceHoles();
  for (const sequence of [65_533, 65_535, 2]) holes.add(1, sequence);
  holes.add(2, 500);
  expect(holes.lost).toBe(1 + 2);
  holes.add(1, 0);
  holes.add(1, 2);
  expect(holes.lost).toBe(2);
});
