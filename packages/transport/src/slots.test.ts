import { expect, test } from 'vitest';
import { Slots } from './slots.ts';

const never = new AbortController().signal;

test('places are given in the order they were asked for', async () => {
  const slots = new Slots(1, 10);
  const order: number[] = [];
  const first = await slots.take(never);
  const waiting = [1, 2, 3].map(async (number) => {
    const release = await slots.take(never);
    order.push(number);
    release();
  });
  expect(slots.waiting).toBe(3);

  first();
  await Promise.all(waiting);

  expect(order).toEqual([1, 2, 3]);
  expect(slots.taken).toBe(0);
});

test('one more than the line holds is refused as busy', async () => {
  const slots = new Slots(1, 1);
  await slots.take(never);
  void slots.take(never);

  await expect(slots.take(never)).rejects.toMatchObject({ code: 'PLAYER_BUSY' });
});

test('who gives up waiting leaves the line, with the reason of the signal', async () => {
  const slots = new Slots(1, 1);
  const release = await slots.take(never);
  const abort = new AbortController();
  const waiting = slots.take(abort.signal);

  abort.abort(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
  await expect(slots.take(abort.signal)).rejects.toThrow('gone');

  release();
  expect([slots.taken, slots.waiting]).toEqual([0, 0]);
});

test('a place handed over in the turn of the abort is not lost', async () => {
  const slots = new Slots(1, 1);
  const release = await slots.take(never);
  const abort = new AbortController();
  const waiting = slots.take(abort.signal);

  release();
  abort.abort();
  (await waiting)();

  expect(slots.taken).toBe(0);
});
