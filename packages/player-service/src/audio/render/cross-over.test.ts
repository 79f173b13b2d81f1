import { expect, test } from 'vitest';
import { INTERLEAVED_SAMPLES } from '../frame.ts';
import { crossOver } from './cross-over.ts';

const frame = (value: (n: number) => number) =>
  Float32Array.from({ length: INTERLEAVED_SAMPLES }, (_, i) => value(i >> 1));
const rms = (samples: Float32Array) =>
  Math.sqrt(samples.reduce((sum, sample) => sum + sample ** 2, 0) / samples.length);

test('a signal that only changes its level is led straight from one to the other', () => {
  const sine = (n: number) => Math.sin(n / 3);
  const mixed = frame((n) => sine(n) / 4);
  crossOver(frame(sine), mixed);
  const gain = (n: number) => 1 - (0.75 * (n + 0.5)) / 960;
  mixed.forEach((sample, i) => {
    expect(sample).toBeCloseTo(sine(i >> 1) * gain(i >> 1), 5);
  });
});

test('signals that have nothing in common keep their power all the way', () => {
  const mixed = frame((n) => Math.sin((2 * Math.PI * n) / 40));
  crossOver(
    frame((n) => Math.sin((2 * Math.PI * n) / 32)),
    mixed,
  );
  for (let begin = 0; begin < 1_920; begin += 320) {
    expect(20 * Math.log10(rms(mixed.subarray(begin, begin + 320)) * Math.SQRT2)).toBeCloseTo(0, 0);
  }
});

test('it begins with the old signal and ends with the new one', () => {
  const mixed = frame(() => 0.25);
  crossOver(
    frame(() => -0.5),
    mixed,
  );
  expect(mixed[0]).toBeCloseTo(-0.5, 2);
  expect(mixed.at(-1)).toBeCloseTo(0.25, 2);
});

test('silence is led to and from without a step', () => {
  const mixed = frame(() => 0);
  crossOver(
    frame(() => 1),
    mixed,
  );
  expect(mixed[960]).toBeCloseTo(0.5, 2);
});
