import { isErrorCode } from '@bandstand/protocol';
import { ManualClock } from '@bandstand/test-support';
import { VoiceCloseCodes } from 'discord-api-types/voice/v8';
import { expect, test } from 'vitest';
import { CLOSE_CODES, MAX_REJOINS, policyForClose, SILENT_LOSSES } from './close-codes.ts';
import { RejoinBudget } from './rejoin-budget.ts';

const documented = Object.values(VoiceCloseCodes).filter((code) => typeof code === 'number');

test('every close code that Discord documents has a row', () => {
  expect(documented.filter((code) => CLOSE_CODES[code] === undefined)).toEqual([]);
});

test.each([4004, 4017, 4021])('%i asks Discord for nothing and waits for nothing', (code) => {
  expect(policyForClose(code)).toMatchObject({ action: 'stop', rejoins: 0 });
});

test.each([4014, 4022])('%i waits for the server update of a move and asks for nothing', (code) => {
  expect(policyForClose(code)).toMatchObject({ action: 'await', rejoins: 0, error: 'VOICE_KICKED' });
});

test.each([4006, 4009, 4011, 4015, 1000, 1001, 1006])('%i is worth several rejoins', (code) => {
  expect(policyForClose(code)).toMatchObject({ action: 'rejoin', rejoins: MAX_REJOINS });
});

test.each([4001, 4002, 4003, 4005, 4012, 4016, 4020, 4999])(
  '%i, a bug of ours, is worth one fresh try',
  (code) => {
    expect(policyForClose(code)).toMatchObject({ action: 'rejoin', rejoins: 1, error: 'VOICE_REJECTED' });
  },
);

test('every policy names an error of the protocol', () => {
  const policies = [...Object.values(CLOSE_CODES), ...Object.values(SILENT_LOSSES)];
  expect(policies.filter(({ error }) => !isErrorCode(error))).toEqual([]);
});

test('the budget ends with the cause at hand, or with five rejoins of whatever cause', () => {
  const budget = new RejoinBudget(new ManualClock(), () => 0.5);
  expect(budget.take(policyForClose(4016))).toBe(500);
  expect(budget.take(policyForClose(4016))).toBeUndefined();
  expect([4006, 4009, 4011, 4006].map((code) => budget.take(policyForClose(code)))).toEqual([
    1_000, 2_000, 4_000, 8_000,
  ]);
  expect(budget.take(policyForClose(1006))).toBeUndefined();
  expect(budget.spent).toBe(MAX_REJOINS);
});

test('a session that lasted gives the whole budget back', () => {
  const budget = new RejoinBudget(new ManualClock(), () => 0.5);
  while (budget.take(policyForClose(4006)) !== undefined);
  budget.reset();
  expect(budget.take(policyForClose(4006))).toBe(500);
});
