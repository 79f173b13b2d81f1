import { ManualClock } from '@bandstand/test-support';
import { expect, test } from 'vitest';
import { BREAKER_FAILURES, BREAKER_OPEN_MS, BREAKER_WINDOW_MS, CircuitBreaker } from './circuit-breaker.ts';

function start() {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker(clock);
  /** Fails until the circuit opens, a second apart. */
  const trip = () => {
    const waits = Array.from({ length: BREAKER_FAILURES }, () => {
      clock.advance(1_000);
      return breaker.fail();
    });
    return waits;
  };
  return { clock, breaker, trip };
}

test('nine failures are let through, the tenth costs a minute', () => {
  const { breaker, trip } = start();
  expect(trip()).toEqual([...Array<number>(9).fill(0), BREAKER_OPEN_MS]);
  expect(breaker.hasTripped).toBe(true);
});

test('failures that lie further apart than the window never open it', () => {
  const { clock, breaker } = start();
  for (let failure = 0; failure < 100; failure++) {
    expect(breaker.fail()).toBe(0);
    clock.advance(Math.ceil(BREAKER_WINDOW_MS / (BREAKER_FAILURES - 1)));
  }
});

test('after the minute one failure is enough for the next minute', () => {
  const { clock, breaker, trip } = start();
  trip();
  clock.advance(BREAKER_OPEN_MS);
  expect(breaker.fail()).toBe(BREAKER_OPEN_MS);
});

test('a session that holds after the minute closes it, and all is forgiven', () => {
  const { clock, breaker, trip } = start();
  trip();
  clock.advance(BREAKER_OPEN_MS);
  breaker.hold();
  expect(trip()).toEqual([...Array<number>(9).fill(0), BREAKER_OPEN_MS]);
});

test('sessions that hold in between do not keep a closed circuit from opening', () => {
  const { clock, breaker } = start();
  const waits = Array.from({ length: BREAKER_FAILURES }, () => {
    clock.advance(31_000);
    breaker.hold();
    return breaker.fail();
  });
  expect(waits.at(-1)).toBe(BREAKER_OPEN_MS);
});

test('a reset by hand closes it at once', () => {
  const { breaker, trip } = start();
  trip();
  breaker.reset();
  expect(breaker.hasTripped).toBe(false);
  expect(breaker.fail()).toBe(0);
});
