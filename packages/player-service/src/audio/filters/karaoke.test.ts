import { filtersSchema } from '@bandstand/protocol';
import { rmsDb, toneLevelDb } from '@bandstand/test-support';
import { expect, test } from 'vitest';
import { sine, throughStages } from '../../../test/audio/stage-signals.ts';
import { karaokeStage } from './karaoke.ts';

const FULL = { level: 1, monoLevel: 1, filterBand: 220, filterWidth: 100 };

function settled(samples: Float64Array): Float64Array {
  return samples.subarray(samples.length / 2);
}

test('a voice in the middle is gone, an instrument at one side stays', () => {
  const [voice, guitar] = [sine(1_500, 0.4, 50).left, sine(3_100, 0.2, 50).left];
  const input = { left: voice.map((sample, i) => sample + (guitar[i] ?? 0)), right: voice };
  const out = throughStages([karaokeStage({ ...FULL, monoLevel: 0 })], input);
  expect(toneLevelDb(settled(out.left), 1_500, 48_000)).toBeLessThan(-100);
  expect(toneLevelDb(settled(out.left), 3_100, 48_000)).toBeCloseTo(20 * Math.log10(0.2), 1);
  expect(toneLevelDb(settled(out.right), 3_100, 48_000)).toBeCloseTo(20 * Math.log10(0.2), 1);
});

test.each([0.25, 0.5, 0.9])('level %d takes that share of the middle away', (level) => {
  const out = throughStages([karaokeStage({ ...FULL, monoLevel: 0, level })], sine(1_000, 0.5, 50));
  expect(rmsDb(out.left) - rmsDb(sine(1_000, 0.5, 50).left)).toBeCloseTo(20 * Math.log10(1 - level), 2);
});

test.each([
  [220, 100],
  [500, 50],
])('the middle around %i Hz, %i Hz wide, is given back', (filterBand, filterWidth) => {
  const levelDb = (frequencyHz: number) => {
    const out = throughStages(
      [karaokeStage({ ...FULL, filterBand, filterWidth })],
      sine(frequencyHz, 0.5, 100),
    );
    return toneLevelDb(settled(out.left), frequencyHz, 48_000) - 20 * Math.log10(0.5);
  };
  expect(levelDb(filterBand)).toBeCloseTo(0, 0.5);
  // Half of its width away a resonator passes half of the power.
  expect(Math.abs(levelDb(filterBand + filterWidth / 2) + 3)).toBeLessThan(0.5);
  expect(levelDb(filterBand * 10)).toBeLessThan(-25);
});

test('level 0 leaves the sound alone', () => {
  const { karaoke } = filtersSchema.parse({ karaoke: { level: 0 } });
  const input = sine(300, 0.5, 2);
  expect(throughStages([karaokeStage(karaoke ?? FULL)], input).left).toEqual(input.left.map(Math.fround));
});
