import { filtersSchema } from '@bandstand/protocol';
import { toneLevelDb } from '@bandstand/test-support';
import { expect, test } from 'vitest';
import { sine, throughStages } from '../../../test/audio/stage-signals.ts';
import { compressorStage } from './compressor.ts';

function settingsOf(compressor: object) {
  const parsed = filtersSchema.parse({ compressor }).compressor;
  if (parsed === undefined) throw new Error('unreachable');
  return parsed;
}

/** Level of a steady sine after it settled, in dB of full scale, by its level before. */
function settledDb(inputDb: number, settings: object, frequencyHz = 1_000): number {
  const { left, right } = throughStages(
    [compressorStage(settingsOf(settings))],
    sine(frequencyHz, 10 ** (inputDb / 20), 100),
  );
  expect(right).toEqual(left);
  return toneLevelDb(left.subarray(left.length / 2), frequencyHz, 48_000);
}

test.each([100, 1_000, 5_000])(
  'static curve at %i Hz: below the threshold nothing, above it a ratio-th',
  (frequencyHz) => {
    const hard = { thresholdDb: -30, ratio: 4, kneeDb: 0 };
    for (const inputDb of [-50, -40, -31])
      expect(settledDb(inputDb, hard, frequencyHz)).toBeCloseTo(inputDb, 0.5);
    for (const inputDb of [-20, -10, 0]) {
      const expected = -30 + (inputDb + 30) / 4;
      expect(Math.abs(settledDb(inputDb, hard, frequencyHz) - expected), `${inputDb} dB`).toBeLessThan(0.5);
    }
  },
);

test('in the middle of the knee the reduction is an eighth of slope times width', () => {
  const soft = { thresholdDb: -20, ratio: 2, kneeDb: 12 };
  expect(settledDb(-20, soft)).toBeCloseTo(-20 - (0.5 * 12) / 8, 0.5);
  expect(settledDb(-8, soft)).toBeCloseTo(-14, 0.5);
  expect(settledDb(-32, soft)).toBeCloseTo(-32, 0.5);
});

test('make-up lifts what is below the threshold by itself', () => {
  expect(settledDb(-50, { thresholdDb: -20, makeupDb: 9 })).toBeCloseTo(-41, 1);
});

test.each([
  [5, 100],
  [50, 400],
])('attack %i ms, release %i ms: after that time 63 %% of the way is done', (attackMs, releaseMs) => {
  const settings = { thresholdDb: -20, ratio: 4, kneeDb: 0, attackMs, releaseMs };
  const loud = sine(1_000, 1, 50).left;
  const quiet = sine(1_000, 0.01, 100).left;
  const input = Float64Array.from([...quiet.subarray(0, 48_000), ...loud, ...quiet]);
  const { left } = throughStages([compressorStage(settingsOf(settings))], { left: input, right: input });
  const reductionDbAt = (sample: number) => {
    // The crest of the sine within one period.
    let [most, was] = [0, 0];
    for (let i = sample; i < sample + 48; i++) {
      most = Math.max(most, Math.abs(left[i] ?? 0));
      was = Math.max(was, Math.abs(input[i] ?? 0));
    }
    return 20 * Math.log10(was / most);
  };
  const full = 15;
  expect(reductionDbAt(48_000 + attackMs * 48)).toBeCloseTo(full * (1 - 1 / Math.E), -0.3);
  expect(reductionDbAt(96_000 - 480)).toBeCloseTo(full, 0);
  // The crests' level itself falls by 40 dB in 92 ms; by then the reduction has no reason any more.
  const afterFall = reductionDbAt(96_000 + 100 * 48);
  expect(reductionDbAt(96_000 + (100 + releaseMs) * 48)).toBeCloseTo(afterFall / Math.E, 0);
});

test('a louder channel turns both down: the image stays where it is', () => {
  const [left, right] = [sine(1_000, 1, 50).left, sine(3_000, 0.1, 50).left];
  const out = throughStages([compressorStage(settingsOf({ thresholdDb: -20, ratio: 4, kneeDb: 0 }))], {
    left,
    right,
  });
  const half = out.left.length / 2;
  expect(toneLevelDb(out.left.subarray(half), 1_000, 48_000)).toBeCloseTo(-15, 0.5);
  expect(toneLevelDb(out.right.subarray(half), 3_000, 48_000)).toBeCloseTo(-35, 0.5);
});
