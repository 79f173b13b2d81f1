import { rmsDb, steepestStep, toneLevelDb } from '@bandstand/test-support';
import { expect, test } from 'vitest';
import { type Stereo, sine, throughStages } from '../../../test/audio/stage-signals.ts';
import { Leveller } from './leveller.ts';

const SECOND = 50;

/** A sine of 1 kHz in both channels is as loud in LUFS as its crests are in dB: that is how the scale was made. */
function tone(lufs: number, frames: number): Stereo {
  return sine(1_000, 10 ** (lufs / 20), frames);
}

function after(...parts: readonly Stereo[]): Stereo {
  const join = (channel: 'left' | 'right') => Float64Array.from(parts.flatMap((part) => [...part[channel]]));
  return { left: join('left'), right: join('right') };
}

function loudness(samples: Float64Array): number {
  return toneLevelDb(samples, 1_000, 48_000);
}

test.each([-30, -22, -8, -3])('what comes at %i LUFS is at the target after three seconds', (lufs) => {
  const { left, right } = throughStages([new Leveller({ targetLufs: -16 }).stage()], tone(lufs, 4 * SECOND));
  expect(right).toEqual(left);
  expect(Math.abs(loudness(left.subarray(3 * 48_000)) + 16)).toBeLessThan(1);
});

test('a programme that gets 12 LU louder is back within a second and a half of its window; one that gets quieter takes its time', () => {
  const parts = [tone(-16, 5 * SECOND), tone(-4, 10 * SECOND), tone(-16, 5 * SECOND), tone(-16, 15 * SECOND)];
  const { left } = throughStages([new Leveller({ targetLufs: -16 }).stage()], after(...parts));
  const second = (from: number) => loudness(left.subarray(from * 48_000, (from + 1) * 48_000));
  expect(Math.abs(second(4) + 16)).toBeLessThan(0.5);
  expect(second(5)).toBeGreaterThan(-8);
  expect(Math.abs(second(9) + 16)).toBeLessThan(1.2);
  // 12 dB at 1 dB a second.
  expect(second(20)).toBeLessThan(-20);
  expect(Math.abs(second(34) + 16)).toBeLessThan(1.2);
});

test('a pause is not made loud: the gain waits for the music to go on', () => {
  const leveller = new Leveller({ targetLufs: -16 });
  throughStages([leveller.stage()], tone(-16, 5 * SECOND));
  const before = leveller.gainDb;
  const hiss = throughStages([leveller.stage()], tone(-60, 20 * SECOND), 5 * SECOND);
  expect(leveller.gainDb).toBeCloseTo(before, 1);
  expect(loudness(hiss.left.subarray(48_000))).toBeCloseTo(-60, 0);
});

test('silence and the quietest whisper are never lifted by more than 15 dB', () => {
  const leveller = new Leveller({ targetLufs: -16 });
  throughStages([leveller.stage()], tone(-48, 30 * SECOND));
  expect(leveller.gainDb).toBe(15);
  const mute = new Leveller({ targetLufs: -16 });
  const { left } = throughStages([mute.stage()], tone(Number.NEGATIVE_INFINITY, SECOND));
  expect(mute.gainDb).toBe(0);
  expect(rmsDb(left)).toBe(Number.NEGATIVE_INFINITY);
});

test('the gain never makes a step', () => {
  const input = after(tone(-3, 4 * SECOND), tone(-3, 4 * SECOND));
  const { left } = throughStages([new Leveller({ targetLufs: -16 }).stage()], input);
  expect(steepestStep(left)).toBeLessThan(steepestStep(input.left) + 1e-6);
});

test('a frame made again, by another stage, gets the gain it had', () => {
  const leveller = new Leveller({ targetLufs: -16 });
  const input = tone(-30, 2 * SECOND);
  const whole = throughStages([leveller.stage()], input);
  const tail = { left: input.left.subarray(60 * 960), right: input.right.subarray(60 * 960) };
  const again = throughStages([leveller.stage()], tail, 60);
  expect(again.left).toEqual(whole.left.subarray(60 * 960));
});
