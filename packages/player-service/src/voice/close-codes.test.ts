import { isErrorCode } from '@bandstand/protocol';
import { VoiceCloseCodes } from 'discord-api-types/voice/v8';
import { expect, test } from 'vitest';
import { CLOSE_CODES, MAX_REJOINS, policyForClose, SILENT_LOSSES } from './close-codes.ts';

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
