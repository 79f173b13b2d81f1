import { ManualClock } from '@bandstand/test-support';
import { expect, test } from 'vitest';
import { CircuitBreaker } from './circuit-breaker.ts';

function breakerWith(probe: () => Promise<unknown>) {
  const clock = new ManualClock();
  const changes: boolean[] = [];
  const breaker = new CircuitBreaker({ clock, probe, onChange: (isOpen) => changes.push(isOpen) });
  const timeOut = (times: number) => {
    for (let index = 0; index < times; index++) breaker.recordTimeout();
  };
  return { breaker, clock, changes, timeOut };
}

test('five time-outs in a row open it, a reply in between starts the count again', () => {
  const { breaker, changes, timeOut } = breakerWith(() => Promise.reject(new Error('away')));
  timeOut(4);
  breaker.recordReply();
  timeOut(4);
  expect(breaker.isOpen).toBe(false);
  timeOut(1);
  expect(breaker.isOpen).toBe(true);
  timeOut(10);
  expect(changes).toEqual([true]);
});

test('while open it probes once a second, and the first reply closes it for whoever waits', async () => {
  let probes = 0;
  const { breaker, clock, changes, timeOut } = breakerWith(async () => {
    if (++probes < 3) throw new Error('away');
  });
  timeOut(5);
  let isReleased = false;
  const waiting = breaker.whenClosed().then(() => {
    isReleased = true;
  });

  clock.advance(999);
  expect(probes).toBe(0);
  for (const count of [1, 2]) {
    clock.advance(1_000);
    await expect.poll(() => clock.pending).toBe(1);
    expect(probes).toBe(count);
  }
  expect(isReleased).toBe(false);
  clock.advance(1_000);
  await waiting;

  expect(changes).toEqual([true, false]);
  expect(clock.pending).toBe(0);
});

test('closed for good it probes no more', async () => {
  const { breaker, clock, timeOut } = breakerWith(() => Promise.reject(new Error('away')));
  timeOut(5);
  breaker.close();
  clock.advance(10_000);
  expect(clock.pending).toBe(0);
});
