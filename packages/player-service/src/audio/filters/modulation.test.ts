import { pitchHz } from '@bandstand/test-support';
import { expect, test } from 'vitest';
import { noise, sine, throughStages } from '../../../test/audio/stage-signals.ts';
import { tremoloStage } from './tremolo.ts';
import { vibratoStage } from './vibrato.ts';

test.each([
  [2, 0.5],
  [4, 0.75],
  [13, 1],
])('tremolo: %d Hz and depth %d are what is measured', (frequency, depth) => {
  const constant = new Float64Array(48_000 * 2).fill(0.8);
  const { left, right } = throughStages(
    [tremoloStage({ frequency, depth })],
    { left: constant, right: constant },
    3,
  );
  expect(right).toEqual(left);
  const gains = left.map((sample) => sample / 0.8);
  expect(Math.max(...gains)).toBeCloseTo(1, 4);
  expect(Math.min(...gains)).toBeCloseTo(1 - depth, 4);
  const swing = gains.map((gain) => gain - (1 - depth / 2));
  expect(pitchHz(swing, 48_000, [frequency - 1, frequency + 1])).toBeCloseTo(frequency, 1);
  for (let i = 0; i < gains.length; i += 97) {
    const phase = (2 * Math.PI * frequency * (3 * 960 + i)) / 48_000;
    expect(gains[i]).toBeCloseTo(1 - depth / 2 + (depth / 2) * Math.sin(phase), 4);
  }
});

/** How far a tone of constant frequency runs ahead of itself, in ms at each sample: its phase against a steady one. */
function delaysMs(samples: Float64Array, frequencyHz: number): number[] {
  const window = 480;
  const omega = (2 * Math.PI * frequencyHz) / 48_000;
  const delays: number[] = [];
  for (let at = 0; at + window <= samples.length; at += window) {
    let [real, imaginary] = [0, 0];
    for (let i = at; i < at + window; i++) {
      real += (samples[i] ?? 0) * Math.sin(omega * i);
      imaginary += (samples[i] ?? 0) * Math.cos(omega * i);
    }
    delays.push((-Math.atan2(imaginary, real) / (2 * Math.PI * frequencyHz)) * 1_000);
  }
  return delays;
}

test.each([
  [2, 0.5],
  [4, 0.75],
  [5, 1],
])('vibrato: at %d Hz and depth %d the delay swings by twice the depth in ms', (frequency, depth) => {
  // One period of 100 Hz is longer than the delay ever gets, so its phase tells the delay.
  const { left, right } = throughStages([vibratoStage({ frequency, depth })], sine(100, 0.5, 100));
  expect(right).toEqual(left);
  const delays = delaysMs(left, 100).slice(1);
  const [least, most] = [Math.min(...delays), Math.max(...delays)];
  expect(most - least).toBeCloseTo(2 * depth, 1);
  expect(least).toBeGreaterThan(-0.02);
  const mean = (most + least) / 2;
  const swing = Float64Array.from(delays, (delay) => delay - mean);
  expect(pitchHz(swing, 100, [frequency - 1, frequency + 1])).toBeCloseTo(frequency, 1);
});

test('vibrato keeps the level of low and high tones', () => {
  for (const frequencyHz of [100, 1_000, 8_000]) {
    const { left } = throughStages([vibratoStage({ frequency: 1, depth: 0.1 })], sine(frequencyHz, 0.5, 50));
    const tail = left.subarray(4_800);
    const power = tail.reduce((sum, sample) => sum + sample ** 2, 0) / tail.length;
    expect(10 * Math.log10(power / 0.125), `${frequencyHz} Hz`).toBeCloseTo(0, 0.3);
  }
});

test.each([
  ['tremolo', () => tremoloStage({ frequency: 3.3, depth: 0.8 })],
  ['vibrato', () => vibratoStage({ frequency: 3.3, depth: 0.8 })],
] as const)('%s: begun anew in the middle, it swings as if it had worked all along', (_, create) => {
  const input = noise(0.5, 20);
  const whole = throughStages([create()], input);
  const stage = create();
  const history = stage.historyFrames ?? 0;
  const rest = {
    left: input.left.subarray((10 - history) * 960),
    right: input.right.subarray((10 - history) * 960),
  };
  const part = throughStages([stage], rest, 10 - history);
  expect(part.left.subarray(history * 960)).toEqual(whole.left.subarray(10 * 960));
});
