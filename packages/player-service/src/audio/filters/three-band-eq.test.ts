import { expect, test } from 'vitest';
import { impulse, responseDb, throughStages } from '../../../test/audio/stage-signals.ts';
import { threeBandEqStage } from './three-band-eq.ts';

function responses(settings: { lowDb: number; midDb: number; highDb: number }, ...frequenciesHz: number[]) {
  const { left } = throughStages([threeBandEqStage(settings)], impulse(1, 20));
  return frequenciesHz.map((hz) => responseDb(left, hz));
}

test.each([12, 6, -6, -12])('bass: %i dB at the bottom, half of it at 250 Hz, nothing above', (lowDb) => {
  const [bottom, corner, above, top] = responses({ lowDb, midDb: 0, highDb: 0 }, 20, 250, 2_500, 15_000);
  expect(bottom).toBeCloseTo(lowDb, 0.5);
  expect(corner).toBeCloseTo(lowDb / 2, 1);
  expect(above).toBeCloseTo(0, 1);
  expect(top).toBeCloseTo(0, 1);
});

test.each([12, 6, -6, -12])('middle: %i dB at 1 kHz, half of it at the edges of its band', (midDb) => {
  // A bell of Q 0.7 is 1 / 0.7 of its centre wide: its edges are 1,000 * (√(1 + 1 / 1.4²) ± 1 / 1.4) Hz.
  const [bottom, low, centre, high, top] = responses(
    { lowDb: 0, midDb, highDb: 0 },
    20,
    514.7,
    1_000,
    1_943,
    20_000,
  );
  expect(bottom).toBeCloseTo(0, 1);
  expect(low).toBeCloseTo(midDb / 2, 0.5);
  expect(centre).toBeCloseTo(midDb, 2);
  expect(high).toBeCloseTo(midDb / 2, 0.5);
  expect(top).toBeCloseTo(0, 1);
});

test.each([12, 6, -6, -12])('treble: %i dB at the top, half of it at 4 kHz, nothing below', (highDb) => {
  const [bottom, below, corner, top] = responses({ lowDb: 0, midDb: 0, highDb }, 20, 400, 4_000, 22_000);
  expect(bottom).toBeCloseTo(0, 1);
  expect(below).toBeCloseTo(0, 1);
  expect(corner).toBeCloseTo(highDb / 2, 1);
  expect(top).toBeCloseTo(highDb, 0.5);
});

test('the bands add up', () => {
  const [bottom, top] = responses({ lowDb: 12, midDb: 0, highDb: -12 }, 20, 22_000);
  expect(bottom).toBeCloseTo(12, 0.5);
  expect(top).toBeCloseTo(-12, 0.5);
});
