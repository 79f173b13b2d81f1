import { rmsDb } from '@bandstand/test-support';
import { expect, test } from 'vitest';
import { noise, sine, throughStages } from '../../../test/audio/stage-signals.ts';
import { channelMixStage } from './channel-mix.ts';
import { rotationStage } from './rotation.ts';
import { volumeStage } from './volume.ts';

test.each([0, 0.25, 1.5, 5])('volume %d: every sample times it, exactly', (factor) => {
  const input = noise(1, 3);
  const { left, right } = throughStages([volumeStage(factor)], input);
  expect(left).toEqual(input.left.map((sample) => Math.fround(Math.fround(sample) * factor)));
  expect(right).toEqual(input.right.map((sample) => Math.fround(Math.fround(sample) * factor)));
});

test('channel mix: each channel is exactly the sum it is told to be', () => {
  const input = { left: noise(1, 2).left, right: noise(0.7, 2).right };
  const mix = { leftToLeft: 0.5, leftToRight: 0.25, rightToLeft: 0.125, rightToRight: 1 };
  const { left, right } = throughStages([channelMixStage(mix)], input);
  const [l, r] = [input.left.map(Math.fround), input.right.map(Math.fround)];
  expect(left).toEqual(l.map((sample, i) => Math.fround(sample * 0.5 + (r[i] ?? 0) * 0.125)));
  expect(right).toEqual(l.map((sample, i) => Math.fround(sample * 0.25 + (r[i] ?? 0) * 1)));
});

test.each([0.2, 5, -1])(
  'rotation at %d Hz: what one channel loses the other gains, at that rate and in full depth',
  (rotationHz) => {
    const constant = new Float64Array(48_000 * Math.ceil(1 / Math.abs(rotationHz))).fill(0.5);
    const firstFrame = 7;
    const input = { left: constant, right: constant };
    const { left, right } = throughStages([rotationStage({ rotationHz })], input, firstFrame);
    for (let i = 0; i < left.length; i += 101) {
      const turn = Math.sin((2 * Math.PI * rotationHz * (firstFrame * 960 + i)) / 48_000);
      expect(left[i]).toBeCloseTo((0.5 * (1 + turn)) / 2, 5);
      expect(right[i]).toBeCloseTo((0.5 * (1 - turn)) / 2, 5);
    }
    expect(left.reduce((least, sample) => Math.min(least, sample))).toBeCloseTo(0, 3);
    expect(left.reduce((most, sample) => Math.max(most, sample))).toBeCloseTo(0.5, 3);
  },
);

test('mono: what is only in one channel is heard in both', () => {
  const { left } = sine(440, 0.5, 5);
  const half = { leftToLeft: 0.5, leftToRight: 0.5, rightToLeft: 0.5, rightToRight: 0.5 };
  const out = throughStages([channelMixStage(half)], { left, right: new Float64Array(left.length) });
  expect(rmsDb(out.right)).toBeCloseTo(rmsDb(left) - 6.02, 1);
  expect(out.left).toEqual(out.right);
});
