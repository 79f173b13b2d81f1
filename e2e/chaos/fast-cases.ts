import { expect, test } from 'vitest';
import { CHAOS_CASES } from './cases.ts';
import type { ChaosCase } from './chaos-case.ts';
import { runCase } from './run-case.ts';

const SEED = 1;

/** A test for each of the fast cases that belong to one file. */
export function testFastCases(belongs: (chaosCase: ChaosCase) => boolean): void {
  const cases = CHAOS_CASES.filter((chaosCase) => chaosCase.isFast && belongs(chaosCase));
  test.each(cases)('$id: $injected', async (chaosCase) => {
    const { passed, observed } = await runCase(chaosCase, SEED);
    expect(passed, observed).toBe(true);
  });
}
