import { expect, test } from 'vitest';
import { DelayLine } from './delay-line.ts';

test('tasks keep their order when the delay becomes shorter', async () => {
  const line = new DelayLine();
  const done: number[] = [];

  line.run(30, () => done.push(1));
  line.run(5, () => done.push(2));
  line.run(0, () => done.push(3));
  expect(done).toEqual([]);

  await expect.poll(() => done).toEqual([1, 2, 3]);
  line.run(0, () => done.push(4));
  expect(done).toEqual([1, 2, 3, 4]);
});

test('a closed line runs nothing more', async () => {
  const line = new DelayLine();
  const done: number[] = [];
  line.run(5, () => done.push(1));
  line.close();
  const later = new DelayLine();
  later.run(20, () => done.push(2));

  await expect.poll(() => done).toEqual([2]);
});
