import { expect, test } from 'vitest';
import { ManualClock, realClock } from './clock.ts';

test('tasks run in the order they are due, each at its own time, also those scheduled on the way', () => {
  const clock = new ManualClock(0);
  const log: string[] = [];
  const note = (name: string) => () => log.push(`${name}@${clock.monotonicMs()}/${clock.nowMs()}`);
  clock.schedule(30, note('c'));
  clock.schedule(10, () => {
    note('a')();
    clock.schedule(10, note('b'));
    clock.schedule(100, note('never'));
  });
  clock.schedule(20, note('cancelled'))();

  clock.advance(50);

  expect(log).toEqual(['a@10/10', 'b@20/20', 'c@30/30']);
  expect([clock.monotonicMs(), clock.pending]).toEqual([50, 1]);
});

test('after oversleeping, tasks run late', () => {
  const clock = new ManualClock(0);
  const ranAt: number[] = [];
  clock.schedule(10, () => ranAt.push(clock.monotonicMs()));
  clock.oversleep(5_000);
  expect(ranAt).toEqual([5_000]);
});

test('setting the wall clock changes stamps and no durations', () => {
  const clock = new ManualClock(0);
  clock.setWallClock(1_000_000);
  clock.advance(5);
  expect([clock.nowMs(), clock.monotonicMs()]).toEqual([1_000_005, 5]);
});

test('the real clock runs a task after its delay, and none that was cancelled', async () => {
  const begun = realClock.monotonicMs();
  let wasCancelled = true;
  realClock.schedule(1, () => {
    wasCancelled = false;
  })();
  await new Promise<void>((resolve) => realClock.schedule(20, resolve));
  expect(realClock.monotonicMs() - begun).toBeGreaterThanOrEqual(19);
  expect(Math.abs(realClock.nowMs() - Date.now())).toBeLessThan(1_000);
  expect(wasCancelled).toBe(true);
});
