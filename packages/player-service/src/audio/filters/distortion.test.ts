import { FILTER_PRESETS, filtersSchema } from '@bandstand/protocol';
import { toneLevelDb } from '@bandstand/test-support';
import { expect, test } from 'vitest';
import { noise, sine, throughStages } from '../../../test/audio/stage-signals.ts';
import { distortionStage } from './distortion.ts';

function settingsOf(distortion: object) {
  const parsed = filtersSchema.parse({ distortion }).distortion;
  if (parsed === undefined) throw new Error('unreachable');
  return parsed;
}

test.each([
  { sinScale: 3, cosScale: 0.5, tanScale: 0.2, tanOffset: 1 },
  { sinOffset: 0.1, cosOffset: -0.2, tanOffset: 0.3, offset: 0.05, scale: 0.7 },
])('%j: every sample is what the formula says', (given) => {
  const s = settingsOf(given);
  const input = noise(0.9, 2);
  const { left, right } = throughStages([distortionStage(s)], input);
  const formula = (sample: number) => {
    const x = Math.fround(sample);
    const product =
      (s.sinOffset + Math.sin(x * s.sinScale)) *
      (s.cosOffset + Math.cos(x * s.cosScale)) *
      (s.tanOffset + Math.tan(x * s.tanScale));
    return Math.fround(Math.max(-1, Math.min(1, s.offset + s.scale * product)));
  };
  expect(left).toEqual(input.left.map(formula));
  expect(right).toEqual(input.right.map(formula));
});

test('whatever the settings, the result stays within full scale', () => {
  const { left } = throughStages(
    [distortionStage(settingsOf({ scale: 100, tanScale: 50, sinOffset: 9 }))],
    noise(1, 5),
  );
  expect(Math.max(...left)).toBe(1);
  expect(Math.min(...left)).toBe(-1);
});

test('the preset adds odd harmonics to a sine and keeps it audible', () => {
  const { distortion } = FILTER_PRESETS.soft_distortion;
  const { left } = throughStages([distortionStage(settingsOf(distortion ?? {}))], sine(500, 0.9, 50));
  const fundamentalDb = toneLevelDb(left, 500, 48_000);
  expect(fundamentalDb).toBeGreaterThan(-6);
  expect(toneLevelDb(left, 1_500, 48_000) - fundamentalDb).toBeGreaterThan(-40);
  expect(toneLevelDb(left, 1_000, 48_000) - fundamentalDb).toBeLessThan(-80);
});
