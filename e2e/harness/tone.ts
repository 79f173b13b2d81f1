import { pitchHz, rmsDb, toneLevelDb } from '@bandstand/test-support';
import { expect } from 'vitest';

const SAMPLE_RATE_HZ = 48_000;
/** What the site's tones have: a sine of 1/8 of full scale, spread from mono to both channels (−3 dB). */
const SITE_TONE_DB = 20 * Math.log10(1 / 8) - 3.01 - 3.01;

/** That these samples are one tone of the site at its own loudness, and nothing else. */
export function expectTone(samples: Float64Array, frequencyHz: number, gainDb = 0): void {
  const second = samples.subarray(SAMPLE_RATE_HZ / 2, SAMPLE_RATE_HZ * 1.5);
  expect(second.length).toBeGreaterThan(SAMPLE_RATE_HZ / 4);
  expect(pitchHz(second, SAMPLE_RATE_HZ, [frequencyHz - 4, frequencyHz + 4])).toBeCloseTo(frequencyHz, 0);
  expect(Math.abs(rmsDb(second) - SITE_TONE_DB - gainDb)).toBeLessThan(1);
  // The tone is all there is: its own power is the power of the whole.
  expect(Math.abs(toneLevelDb(second, frequencyHz, SAMPLE_RATE_HZ) - 3.01 - rmsDb(second))).toBeLessThan(0.5);
}
