import { ManualClock } from '@bandstand/test-support';
import { expect, test } from 'vitest';
import { ArrivalClock } from './arrival-clock.ts';
import { assertInTime, isOverdue } from './time-to-live.ts';

test('a message read in time arrived now', () => {
  const clock = new ManualClock();
  const arrival = new ArrivalClock(clock, () => true);
  clock.advance(60_100);
  expect(arrival.arrivedAtMs()).toBe(60_100);
  arrival.close();
  expect(clock.pending).toBe(0);
});

test('after a stall a message may have waited as long as the stall, until an empty socket proves the contrary', () => {
  const clock = new ManualClock();
  let isEmpty = true;
  const arrival = new ArrivalClock(clock, () => isEmpty);
  clock.advance(1_000);

  clock.oversleep(30_000);
  arrival.look(); // looks empty only because libzmq has not read the connection yet
  expect(arrival.arrivedAtMs()).toBe(1_000);
  isEmpty = false;
  clock.advance(500);
  expect(arrival.arrivedAtMs()).toBe(1_000);
  isEmpty = true;
  clock.advance(250);

  expect(arrival.arrivedAtMs()).toBe(clock.monotonicMs());
  arrival.close();
});

test('under a flood an empty moment between two messages is enough', () => {
  const clock = new ManualClock();
  let isEmpty = false;
  const arrival = new ArrivalClock(clock, () => isEmpty);
  clock.advance(5_000);
  expect(arrival.arrivedAtMs()).toBe(0);
  isEmpty = true;
  arrival.look();
  expect(arrival.arrivedAtMs()).toBe(5_000);
  arrival.close();
});

test('a command is overdue once its time to live has passed since it arrived', () => {
  const command = { action: 'PAUSE', ttlMs: 1_000 } as const;
  expect(isOverdue(command, 100, 1_099)).toBe(false);
  expect(isOverdue(command, 100, 1_100)).toBe(true);
  expect(() => assertInTime(command, 100, 1_099)).not.toThrow();
  expect(() => assertInTime(command, 100, 2_100)).toThrow(
    expect.objectContaining({ code: 'DEADLINE_EXCEEDED', details: { waited_ms: 2_000, ttl_ms: 1_000 } }),
  );
});
