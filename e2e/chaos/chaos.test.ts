import { expect, test } from 'vitest';
import { CHAOS_CASES } from './cases.ts';
import { runCase } from './run-case.ts';

const SEED = 1;

test.each(CHAOS_CASES.filter(({ isFast }) => isFast))('$id: $injected', async (chaosCase) => {
  const { passed, observed } = await runCase(chaosCase, SEED);
  expect(passed, observed).toBe(true);
});
