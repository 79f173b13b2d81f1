import { ManualClock } from '@bandstand/test-support';
import { expect, test } from 'vitest';
import { BREAKER_OPEN_MS } from './circuit-breaker.ts';
import { MAX_REJOINS, MAX_RESUMES, policyForClose } from './close-codes.ts';
import { RejoinBudget } from './rejoin-budget.ts';

function start() {
  const clock = new ManualClock();
  const budget = new RejoinBudget(clock, () => 0.5);
  /** A session that holds for half a minute and is lost again. */
  const flap = () => {
    clock.advance(30_000);
    budget.hold();
    return budget.take(policyForClose(4006));
  };
  return { clock, budget, flap };
}

test('the budget ends with the cause at hand, or with five rejoins of whatever cause', () => {
  const { budget } = start();
  expect(budget.take(policyForClose(4016))).toBe(500);
  expect(budget.take(policyForClose(4016))).toBeUndefined();
  expect([4006, 4009, 4011, 4006].map((code) => budget.take(policyForClose(code)))).toEqual([
    1_000, 2_000, 4_000, 8_000,
  ]);
  expect(budget.take(policyForClose(1006))).toBeUndefined();
  expect(budget.spent).toBe(MAX_REJOINS);
});

test('a session that lasted gives the whole budget back', () => {
  const { budget } = start();
  while (budget.take(policyForClose(4006)) !== undefined);
  budget.hold();
  expect(budget.take(policyForClose(4006))).toBe(500);
});

test('sessions that last and are lost, ten times in ten minutes, cost a minute; one that lasts after it is forgiven', () => {
  const { clock, flap } = start();
  const waits = Array.from({ length: 10 }, flap);
  expect(waits).toEqual([...Array<number>(9).fill(500), BREAKER_OPEN_MS]);
  clock.advance(BREAKER_OPEN_MS);
  expect(flap()).toBe(500);
});

test('a person who asks for a fresh start gets one at once', () => {
  const { budget, flap } = start();
  for (let loss = 0; loss < 10; loss++) flap();
  budget.reset();
  expect(budget.take(policyForClose(4006))).toBe(500);
});

test('resumes are counted until a session lasts', () => {
  const { budget } = start();
  const resumes = Array.from({ length: MAX_RESUMES + 1 }, () => budget.takeResume());
  expect(resumes).toEqual([...Array<boolean>(MAX_RESUMES).fill(true), false]);
  budget.hold();
  expect(budget.takeResume()).toBe(true);
});
