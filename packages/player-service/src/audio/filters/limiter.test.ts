import { steepestStep, toneLevelDb } from '@bandstand/test-support';
import { describe, expect, test } from 'vitest';
import { noise, type Stereo, sine, throughStages } from '../../../test/audio/stage-signals.ts';
import { LIMITER_DELAY_SAMPLES, limiterStage } from './limiter.ts';

const CEILING = 10 ** (-1 / 20);

const REACH = 32;
const POINTS = 7;
const WEIGHTS = Array.from({ length: POINTS }, (_, point) =>
  Float64Array.from({ length: 2 * REACH }, (_, i) => {
    const distance = i - (REACH - 1) - (point + 1) / (POINTS + 1);
    const window = Math.cos((Math.PI * distance) / (2 * (REACH + 1))) ** 2;
    return (Math.sin(Math.PI * distance) / (Math.PI * distance)) * window;
  }),
);

/** The highest level on a grid eight times as fine, from 64 samples each: finer than what the limiter looks at. */
function truePeak(samples: Float64Array): number {
  let peak = 0;
  for (let at = REACH; at < samples.length - REACH; at++) {
    const neighbours = Math.max(Math.abs(samples[at] ?? 0), Math.abs(samples[at + 1] ?? 0));
    peak = Math.max(peak, neighbours);
    if (neighbours < peak * 0.6) continue;
    for (const weights of WEIGHTS) {
      let value = 0;
      for (let i = 0; i < weights.length; i++)
        value += (samples[at - REACH + 1 + i] ?? 0) * (weights[i] ?? 0);
      peak = Math.max(peak, Math.abs(value));
    }
  }
  return peak;
}

function delayed(samples: Float64Array): Float64Array {
  const late = new Float64Array(samples.length);
  late.set(samples.subarray(0, samples.length - LIMITER_DELAY_SAMPLES), LIMITER_DELAY_SAMPLES);
  return late.map(Math.fround);
}

/** Noise below 6 kHz, as music is: noise up to the very top has any peak between any samples. */
function softNoise(amplitude: number, frames: number): Stereo {
  const { left, right } = noise(amplitude, frames);
  const smooth = (samples: Float64Array) => {
    let [a, b, c] = [0, 0, 0];
    return samples.map((sample) => {
      a += (sample - a) * 0.4;
      b += (a - b) * 0.4;
      c += (b - c) * 0.4;
      return c * 2;
    });
  };
  return { left: smooth(left), right: smooth(right) };
}

test('what stays below the ceiling comes out unchanged to the bit', () => {
  const input = softNoise(0.45, 20);
  const { left, right } = throughStages([limiterStage({ ceilingDb: -1 })], input);
  expect(Math.max(truePeak(input.left), truePeak(input.right))).toBeLessThan(CEILING);
  expect(left).toEqual(delayed(input.left));
  expect(right).toEqual(delayed(input.right));
});

describe.each<[string, Stereo]>([
  ['noise 12 dB too loud', softNoise(4, 20)],
  ['a sine 6 dB too loud', sine(997, 2, 20)],
  ['a low sine 14 dB too loud', sine(50, 5, 20)],
  ['a sine whose peaks lie between the samples', sine(12_000.5, 1.25, 20)],
  ['bursts out of silence', bursts()],
])('%s', (_, input) => {
  const { left, right } = throughStages([limiterStage({ ceilingDb: -1 })], input);

  test('no peak is above the ceiling, on or between the samples', () => {
    expect(Math.max(truePeak(input.left), truePeak(input.right))).toBeGreaterThan(CEILING * 1.1);
    const peakDb = 20 * Math.log10(Math.max(truePeak(left), truePeak(right)));
    // Four-fold oversampling may miss a crest by an eighth of a sample: 0.17 dB at 12 kHz.
    expect(peakDb).toBeLessThan(-0.8);
    expect(peakDb).toBeGreaterThan(-2);
  });

  test('no step is steeper than the steepest of the input', () => {
    expect(steepestStep(left)).toBeLessThan(steepestStep(input.left) + 1e-6);
  });
});

function bursts(): Stereo {
  const { left } = sine(1_000, 3, 50);
  const gated = left.map((sample, i) => (i % 9_600 < 2_400 ? sample : 0));
  return { left: gated, right: gated.map((sample) => sample * 0.1) };
}

test('a steady sine is turned down, not bent: harmonics stay 60 dB below', () => {
  const { left } = throughStages([limiterStage({ ceilingDb: -1 })], sine(997, 2, 100));
  const settled = left.subarray(left.length / 2);
  const fundamentalDb = toneLevelDb(settled, 997, 48_000);
  expect(fundamentalDb).toBeCloseTo(-1, 1);
  for (const harmonic of [2, 3, 4, 5]) {
    expect(toneLevelDb(settled, 997 * harmonic, 48_000) - fundamentalDb).toBeLessThan(-60);
  }
});

test('both channels are turned down alike', () => {
  const input = bursts();
  const { left, right } = throughStages([limiterStage({ ceilingDb: -1 })], input);
  for (let i = 0; i < left.length; i += 7) expect(right[i]).toBeCloseTo((left[i] ?? 0) * 0.1, 6);
});

test('the gain is back within a second', () => {
  const loud = sine(1_000, 4, 5).left;
  const quiet = sine(1_000, 0.1, 60).left;
  const input = Float64Array.from([...loud, ...quiet]);
  const { left } = throughStages([limiterStage({ ceilingDb: -1 })], { left: input, right: input });
  expect(toneLevelDb(left.subarray(5 * 960 + 48_000), 1_000, 48_000)).toBeCloseTo(-20, 2);
});

test('where it is not active it only delays', () => {
  const input = softNoise(4, 10);
  const { left } = throughStages([limiterStage({ ceilingDb: -1, isActiveAt: () => false })], input);
  expect(left).toEqual(delayed(input.left));
});

test('a frame made again begins at the gain it had', () => {
  const input = softNoise(4, 60);
  const stage = limiterStage({ ceilingDb: -1 });
  const whole = throughStages([stage], input);
  stage.reset();
  const from = 40 - (stage.historyFrames ?? 0);
  const part = { left: input.left.subarray(from * 960), right: input.right.subarray(from * 960) };
  const again = throughStages([stage], part, from);
  const difference = again.left
    .subarray((stage.historyFrames ?? 0) * 960)
    .reduce((most, sample, i) => Math.max(most, Math.abs(sample - (whole.left[40 * 960 + i] ?? 0))), 0);
  expect(difference).toBeLessThan(0.01);
});
