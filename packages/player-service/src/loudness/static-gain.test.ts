import { expect, test } from 'vitest';
import { staticGainDb } from './static-gain.ts';

const TARGET = { targetLufs: -16 };

test.each([
  ['louder than the target is turned down, however much', { integratedLufs: -2, truePeakDb: 1 }, -14],
  ['quieter is turned up', { integratedLufs: -23, truePeakDb: -12 }, 7],
  ['far quieter is turned up by 15 dB at most', { integratedLufs: -45, truePeakDb: -40 }, 15],
  ['peaks leave the limiter 9 dB to do at most', { integratedLufs: -30, truePeakDb: -3 }, 11],
  ['peaks far above full scale leave no room at all', { integratedLufs: -20, truePeakDb: 12 }, 0],
  ['what is turned down needs no room', { integratedLufs: -10, truePeakDb: 12 }, -6],
  ['half a decibel up is left alone', { integratedLufs: -16.5, truePeakDb: -6 }, 0],
  ['half a decibel down is left alone', { integratedLufs: -15.5, truePeakDb: -6 }, 0],
  ['a little more is not', { integratedLufs: -15.25, truePeakDb: -6 }, -0.75],
  ['silence stays silent', { integratedLufs: undefined, truePeakDb: -120 }, 0],
])('%s', (_title, loudness, gainDb) => {
  expect(staticGainDb(loudness, TARGET)).toBeCloseTo(gainDb, 10);
});
