import { expect, test } from 'vitest';
import {
  channelOf,
  pitchHz,
  residualOfSine,
  rmsDb,
  steepestStep,
  toneLevelDb,
  tonePhase,
} from './spectrum.ts';
import { synthesize, wavFile } from './tone.ts';

const format = { sampleRateHz: 48_000, channels: 2 };

function tone(frequencyHz: number, amplitude: number, durationMs = 500): Float64Array {
  return channelOf(synthesize([{ frequencyHz, amplitude }], durationMs, format), 1, 2);
}

test('a sine is found at its level and at no other frequency', () => {
  const samples = tone(440, 0.5);
  expect(toneLevelDb(samples, 440, 48_000)).toBeCloseTo(-6.02, 1);
  expect(toneLevelDb(samples, 880, 48_000)).toBeLessThan(-80);
  expect(rmsDb(samples)).toBeCloseTo(-9.03, 1);
});

test.each([55, 440.7, 1_000])('a pitch of %d Hz is measured to a twentieth of a hertz', (frequencyHz) => {
  expect(pitchHz(tone(frequencyHz, 0.3, 1_000), 48_000, [frequencyHz * 0.8, frequencyHz * 1.2])).toBeCloseTo(
    frequencyHz,
    1,
  );
});

test('a jump of a few samples stands out of the residual', () => {
  const whole = tone(440, 0.5);
  const jumped = Float64Array.from([...whole.subarray(0, 9_600), ...whole.subarray(9_612)]);
  expect(Math.max(...residualOfSine(whole, 440, 48_000))).toBeLessThan(0.001);
  expect(Math.max(...residualOfSine(jumped, 440, 48_000))).toBeGreaterThan(0.1);
});

test('a phase moves on by the samples that were left out', () => {
  const whole = tone(480, 0.5); // 100 samples per period
  expect(tonePhase(whole, 480, 48_000)).toBeCloseTo(0, 3);
  expect(tonePhase(whole.subarray(25), 480, 48_000)).toBeCloseTo(Math.PI / 2, 2);
});

test('a click is steeper than the tone it is in', () => {
  const samples = tone(440, 0.5);
  expect(steepestStep(samples)).toBeCloseTo(0.5 * ((2 * Math.PI * 440) / 48_000), 3);
  samples[1_000] = 0.9;
  expect(steepestStep(samples)).toBeGreaterThan(0.3);
});

test('a WAV file states what it holds', () => {
  const file = wavFile(synthesize([{ frequencyHz: 440, amplitude: 0.5 }], 100, format), format);
  expect(file.length).toBe(44 + 4_800 * 4);
  expect(file.readUInt32LE(40)).toBe(4_800 * 4);
  expect(file.readUInt32LE(24)).toBe(48_000);
});
