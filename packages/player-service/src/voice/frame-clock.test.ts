import { ManualClock } from '@bandstand/test-support';
import { expect, test } from 'vitest';
import {
  FrameClock,
  type FrameTicker,
  MAX_CATCH_UP_FRAMES,
  SLOT_FILL,
  SLOTS_PER_FRAME,
} from './frame-clock.ts';

class RecordingTicker implements FrameTicker {
  readonly due: number[] = [];
  readonly at: number[] = [];
  readonly faults: unknown[] = [];
  onTick: (count: number) => void = () => {};

  tick(dueMs: number, nowMs: number): void {
    this.due.push(dueMs);
    this.at.push(nowMs);
    this.onTick(this.due.length);
  }

  onTickFault(error: unknown): void {
    this.faults.push(error);
  }
}

const gaps = (times: readonly number[]) => times.slice(1).map((time, index) => time - (times[index] ?? 0));

test('a ticker is called every 20 ms, 50 times a second, for an hour without drift', () => {
  const clock = new ManualClock();
  const frameClock = new FrameClock(clock);
  const ticker = new RecordingTicker();
  frameClock.add(ticker);
  clock.advance(3_600_000);
  expect(ticker.due).toHaveLength(180_000);
  expect(new Set(gaps(ticker.due))).toEqual(new Set([20]));
});

function seatsPerSlot(tickers: number): number[] {
  const frameClock = new FrameClock(new ManualClock());
  const seats = Array.from({ length: tickers }, () => frameClock.add(new RecordingTicker()));
  return Array.from(
    { length: SLOTS_PER_FRAME },
    (_, slot) => seats.filter((seat) => seat.slot === slot).length,
  ).toSorted((a, b) => b - a);
}

test('few tickers share a slot, so that the clock wakes seldom', () => {
  expect(seatsPerSlot(SLOT_FILL)).toEqual([SLOT_FILL, ...Array(9).fill(0)]);
  expect(seatsPerSlot(SLOT_FILL + 3)).toEqual([SLOT_FILL, 3, ...Array(8).fill(0)]);
});

test('many tickers spread evenly over the slots', () => {
  const perSlot = seatsPerSlot(SLOTS_PER_FRAME * SLOT_FILL * 2 + 7);
  expect(Math.max(...perSlot) - Math.min(...perSlot)).toBe(1);
});

test('a slot that others left is filled again before another is begun', () => {
  const frameClock = new FrameClock(new ManualClock());
  const seats = Array.from({ length: SLOT_FILL + 1 }, () => frameClock.add(new RecordingTicker()));
  seats[0]?.leave();
  const slots = new Set(seats.map(({ slot }) => slot));
  const late = [frameClock.add(new RecordingTicker()), frameClock.add(new RecordingTicker())];
  expect(late.every(({ slot }) => slots.has(slot))).toBe(true);
});

test('a short stall is caught up frame by frame', () => {
  const clock = new ManualClock();
  const ticker = new RecordingTicker();
  new FrameClock(clock).add(ticker);
  clock.advance(100);
  const before = ticker.due.length;
  clock.oversleep(80);
  expect(ticker.due.length - before).toBe(4);
  expect(gaps(ticker.due)).toEqual(Array(ticker.due.length - 1).fill(20));
});

test('a long stall is never a burst: five frames are caught up, the rest is skipped', () => {
  const clock = new ManualClock();
  const ticker = new RecordingTicker();
  new FrameClock(clock).add(ticker);
  clock.advance(100);
  const before = ticker.due.length;
  clock.oversleep(1_000);
  expect(ticker.due.length - before).toBe(MAX_CATCH_UP_FRAMES);
  const [skip, ...rest] = gaps(ticker.due).slice(before - 1);
  expect(skip).toBe(920);
  clock.advance(1_000);
  expect(ticker.due.length - before).toBe(MAX_CATCH_UP_FRAMES + 50);
  expect(rest.every((gap) => gap === 20)).toBe(true);
});

test('a wall clock that is set does not move the schedule', () => {
  const clock = new ManualClock();
  const ticker = new RecordingTicker();
  new FrameClock(clock).add(ticker);
  clock.advance(200);
  clock.setWallClock(0);
  clock.advance(200);
  expect(ticker.due).toHaveLength(20);
});

test('the clock sleeps while nobody has a seat', () => {
  const clock = new ManualClock();
  const frameClock = new FrameClock(clock);
  expect(clock.pending).toBe(0);
  const seat = frameClock.add(new RecordingTicker());
  expect(clock.pending).toBe(1);
  seat.leave();
  seat.leave();
  expect(clock.pending).toBe(0);
  expect(frameClock.size).toBe(0);
});

test('after a rest the schedule begins anew, without a backlog', () => {
  const clock = new ManualClock();
  const frameClock = new FrameClock(clock);
  frameClock.add(new RecordingTicker()).leave();
  clock.advance(10_000);
  const ticker = new RecordingTicker();
  frameClock.add(ticker);
  clock.advance(100);
  expect(ticker.due).toHaveLength(5);
});

test('who leaves during a tick takes no tick from the others', () => {
  const clock = new ManualClock();
  const frameClock = new FrameClock(clock);
  const tickers = Array.from({ length: SLOTS_PER_FRAME * 4 }, () => new RecordingTicker());
  const seats = tickers.map((ticker) => frameClock.add(ticker));
  tickers.forEach((ticker, index) => {
    if (index % 3 === 0) ticker.onTick = () => seats[index]?.leave();
  });
  clock.advance(200);
  const counts = tickers.map(({ due }, index) => (index % 3 === 0 ? due.length === 1 : due.length === 10));
  expect(counts.every(Boolean)).toBe(true);
});

test('a ticker that throws loses its seat; the others go on', () => {
  const clock = new ManualClock();
  const frameClock = new FrameClock(clock);
  const [broken, sound] = [new RecordingTicker(), new RecordingTicker()];
  broken.onTick = () => {
    throw new Error('broken');
  };
  for (const ticker of [broken, sound]) frameClock.add(ticker);
  clock.advance(200);
  expect(broken.faults).toMatchObject([{ message: 'broken' }]);
  expect(sound.due).toHaveLength(10);
  expect(frameClock.size).toBe(1);
});

test('lateness is measured against the schedule, not against the tick before', () => {
  const clock = new ManualClock();
  const frameClock = new FrameClock(clock);
  frameClock.add(new RecordingTicker());
  clock.advance(1_000);
  clock.oversleep(60);
  expect(frameClock.latenessUs.max).toBeGreaterThanOrEqual(40_000);
  expect(frameClock.latenessUs.percentile(50)).toBeLessThan(1_000);
});

test('a clock whose wake-up was lost is set going again, and catches up no more than after any stall', () => {
  const clock = new ManualClock();
  let isLost = false;
  const frameClock = new FrameClock({
    monotonicMs: () => clock.monotonicMs(),
    schedule: (delayMs, task) =>
      clock.schedule(delayMs, () => {
        if (!isLost) task();
      }),
  });
  const ticker = new RecordingTicker();
  frameClock.add(ticker);
  clock.advance(100);
  isLost = true;
  clock.advance(1_000);
  const { length } = ticker.due;
  isLost = false;
  clock.advance(1_000);
  expect(ticker.due).toHaveLength(length);
  frameClock.wakeAgain();
  clock.advance(100);
  expect(ticker.due.length - length).toBeGreaterThanOrEqual(5);
  expect(ticker.due.length - length).toBeLessThanOrEqual(MAX_CATCH_UP_FRAMES + 5);
});
