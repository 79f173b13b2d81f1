import { expect, test } from 'vitest';
import { FRAME_SAMPLES, SAMPLE_RATE_HZ } from '../../audio/frame.ts';
import { LoudnessMeter } from './loudness-meter.ts';

/** A sine on both channels; whole frames of it, the first one faded in: a sudden start has a higher peak of its own. */
interface Tone {
  readonly seconds: number;
  /** Of its peak. */
  readonly dbfs: number;
  readonly hz?: number;
  readonly degrees?: number;
}

function measured(tones: readonly Tone[]): LoudnessMeter['result'] {
  const meter = new LoudnessMeter();
  for (const { seconds, dbfs, hz = 1_000, degrees = 0 } of tones) {
    const amplitude = 32_768 * 10 ** (dbfs / 20);
    for (let at = 0; at < seconds * SAMPLE_RATE_HZ; at += FRAME_SAMPLES) {
      const frame = new Int16Array(2 * FRAME_SAMPLES);
      for (let i = 0; i < frame.length; i++) {
        const sample = at + (i >> 1);
        const angle = (2 * Math.PI * hz * sample) / SAMPLE_RATE_HZ + (degrees * Math.PI) / 180;
        const fade = Math.min(1, sample / FRAME_SAMPLES);
        frame[i] = Math.max(-32_768, Math.min(32_767, Math.round(fade * amplitude * Math.sin(angle))));
      }
      meter.push(frame);
    }
  }
  return meter.result;
}

// EBU Tech 3341, table 1: the minimum requirements for stereo, 1 to 5.
test.each<[string, readonly Tone[], number]>([
  ['1: a steady tone', [{ seconds: 20, dbfs: -23 }], -23],
  ['2: a steady tone, quieter', [{ seconds: 20, dbfs: -33 }], -33],
  [
    '3: quiet parts are left out by the relative gate',
    [
      { seconds: 10, dbfs: -36 },
      { seconds: 60, dbfs: -23 },
      { seconds: 10, dbfs: -36 },
    ],
    -23,
  ],
  [
    '4: what is next to silence is left out by the absolute gate, and first',
    [
      { seconds: 10, dbfs: -72 },
      { seconds: 10, dbfs: -36 },
      { seconds: 60, dbfs: -23 },
      { seconds: 10, dbfs: -36 },
      { seconds: 10, dbfs: -72 },
    ],
    -23,
  ],
  [
    '5: parts within the gate are averaged by power',
    [
      { seconds: 20, dbfs: -26 },
      { seconds: 20.1, dbfs: -20 },
      { seconds: 20, dbfs: -26 },
    ],
    -23,
  ],
])('EBU Tech 3341 case %s', (_case, tones, expected) => {
  expect(Math.abs((measured(tones).integratedLufs ?? 0) - expected)).toBeLessThanOrEqual(0.1);
});

// EBU Tech 3341, cases 15 to 19; tolerance +0.2/−0.4 dB.
test.each<[string, Tone, number]>([
  ['15: peaks on samples', { seconds: 1, dbfs: -6.02, hz: 12_000, degrees: 0 }, -6],
  ['16: peaks half-way between samples', { seconds: 1, dbfs: -6.02, hz: 12_000, degrees: 45 }, -6],
  ['17: three samples in half a period', { seconds: 1, dbfs: -6.02, hz: 8_000, degrees: 60 }, -6],
  ['18: four samples in half a period', { seconds: 1, dbfs: -6.02, hz: 6_000, degrees: 67.5 }, -6],
  ['19: above full scale, between samples', { seconds: 1, dbfs: 2.98, hz: 12_000, degrees: 45 }, 3],
])('EBU Tech 3341 true peak case %s', (_case, tone, expected) => {
  const { truePeakDb } = measured([tone]);
  expect(truePeakDb).toBeLessThanOrEqual(expected + 0.2);
  expect(truePeakDb).toBeGreaterThanOrEqual(expected - 0.4);
});

test('lows count for less and highs for more, as ITU-R BS.1770-4 has it', () => {
  const at = (hz: number) => measured([{ seconds: 3, dbfs: -20, hz }]).integratedLufs ?? 0;
  const reference = at(997);
  expect(reference).toBeCloseTo(-20, 1);
  expect(at(31) - reference).toBeLessThan(-8);
  expect(at(10_000) - reference).toBeCloseTo(3.3, 0);
});

test('silence has no loudness', () => {
  expect(measured([{ seconds: 2, dbfs: -200 }])).toEqual({ integratedLufs: undefined, truePeakDb: -120 });
});

test('nor has a moment shorter than one block of 400 ms', () => {
  expect(measured([{ seconds: 0.38, dbfs: -20 }]).integratedLufs).toBeUndefined();
  expect(measured([{ seconds: 0.4, dbfs: -20 }]).integratedLufs).toBeCloseTo(-20, 0);
});

test('the gain that a track is played with is part of its loudness', () => {
  const [plain, amplified] = [new LoudnessMeter(), new LoudnessMeter({ gainDb: -6 })];
  for (let frame = 0; frame < 100; frame++) {
    const pcm = Int16Array.from({ length: 2 * FRAME_SAMPLES }, (_, i) =>
      Math.round(8_000 * Math.sin((2 * Math.PI * 1_000 * (i >> 1)) / SAMPLE_RATE_HZ)),
    );
    plain.push(pcm);
    amplified.push(pcm);
  }
  expect((amplified.result.integratedLufs ?? 0) - (plain.result.integratedLufs ?? 0)).toBeCloseTo(-6, 3);
  expect(amplified.result.truePeakDb - plain.result.truePeakDb).toBeCloseTo(-6, 3);
});
