import { ManualClock } from '@bandstand/test-support';
import { expect, test } from 'vitest';
import { type FrameFault, type FramePulse, FrameWatchdog } from './frame-watchdog.ts';

type Second = Partial<FramePulse>;

/** Lets seconds pass in each of which so much is different. */
function watch(...seconds: readonly Second[]) {
  const clock = new ManualClock();
  let pulse: FramePulse = { isDue: true, ticks: 0, sent: 0, isSafe: true };
  const log: { readonly what: FrameFault | 'restart'; readonly atMs: number }[] = [];
  const note = (what: FrameFault | 'restart') => log.push({ what, atMs: clock.monotonicMs() });
  const watchdog = new FrameWatchdog({
    clock,
    read: () => pulse,
    restart: () => note('restart'),
    onFault: note,
  });
  for (const { isDue = true, ticks = 50, sent = 50, isSafe = true } of seconds) {
    pulse = { isDue, ticks: pulse.ticks + ticks, sent: pulse.sent + sent, isSafe };
    clock.advance(1_000);
  }
  watchdog.close();
  expect(clock.pending).toBe(0);
  return log;
}

const times = (count: number, second: Second) => Array<Second>(count).fill(second);
const stopped = { ticks: 0, sent: 0 };
const blocked = { sent: 0 };

test('frames that leave are no news, however slowly', () => {
  expect(watch(...times(60, { sent: 1 }))).toEqual([]);
});

test('a clock that stands still is set going again within three seconds', () => {
  expect(watch({}, ...times(2, stopped), ...times(5, {}))).toEqual([{ what: 'restart', atMs: 3_000 }]);
});

test('a clock that stands still all the same costs a new connection, within five seconds', () => {
  expect(watch({}, ...times(4, stopped))).toEqual([
    { what: 'restart', atMs: 3_000 },
    { what: 'nothingLeaves', atMs: 5_000 },
  ]);
});

test('a clock that ticks while nothing leaves needs a new connection', () => {
  expect(watch({}, ...times(2, blocked))).toEqual([{ what: 'nothingLeaves', atMs: 3_000 }]);
});

test.each([
  ['a pause, or a source that has nothing ready', times(60, { isDue: false, ticks: 0, sent: 0 })],
  ['a hiccup of a second', Array.from({ length: 20 }, (_, second) => (second % 2 === 0 ? blocked : {}))],
  ['a source that flows again just now', [{ isDue: false, sent: 0 }, blocked, {}]],
])('%s is not a stall', (_name, seconds) => {
  expect(watch(...seconds)).toEqual([]);
});

test('frames that leave unencrypted are stopped within two seconds', () => {
  expect(watch({}, { isSafe: false }, { isSafe: false })).toEqual([{ what: 'unsafeFrames', atMs: 3_000 }]);
});

test('a connection that is not safe and sends nothing leaks nothing', () => {
  expect(watch({}, ...times(5, { isSafe: false, isDue: false, sent: 0 }))).toEqual([]);
});
