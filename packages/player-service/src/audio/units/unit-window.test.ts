import { PlayerError } from '@bandstand/protocol';
import { expect, test } from 'vitest';
import type { Unit } from './unit.ts';
import { UnitWindow } from './unit-window.ts';

const units = (count: number): Unit[] =>
  Array.from({ length: count }, (_, i) => ({ kind: 'opus', packet: Buffer.of(i) }));
const never = new AbortController().signal;

test('units are found by index until they are forgotten', () => {
  const window = new UnitWindow();
  window.push(units(10));
  window.forget(4);
  expect(window.at(3)).toBeUndefined();
  expect(window.at(4)).toMatchObject({ packet: Buffer.of(4) });
  expect(window.at(10)).toBeUndefined();
  expect(window.end).toBe(10);
  window.forget(-2);
  expect(window.at(4)).toBeDefined();
});

test('whoever fills it waits until more is wanted', async () => {
  const window = new UnitWindow();
  window.demand(5);
  window.push(units(4));
  await window.room(never);
  window.push(units(4));
  let isReleased = false;
  const waiting = window.room(never).then(() => {
    isReleased = true;
  });
  window.demand(8);
  await Promise.resolve();
  expect(isReleased).toBe(false);
  window.demand(9);
  await waiting;
  expect(isReleased).toBe(true);
});

test('an abort ends the waiting', async () => {
  const window = new UnitWindow();
  const abort = new AbortController();
  const waiting = window.room(abort.signal);
  abort.abort();
  await expect(waiting).resolves.toBeUndefined();
});

test('it starves only while more is wanted and may still come', () => {
  const window = new UnitWindow();
  expect(window.isStarving).toBe(false);
  window.demand(3);
  expect(window.isStarving).toBe(true);
  window.finish(new PlayerError('MEDIA_CUT', 'cut'));
  expect(window.isStarving).toBe(false);
  expect(window.isSettled(2)).toBe(true);
  expect(window.failure).toMatchObject({ code: 'MEDIA_CUT' });
});
