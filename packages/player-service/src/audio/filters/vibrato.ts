import type { FilterSettings } from '@bandstand/protocol';
import { CHANNELS, SAMPLE_RATE_HZ } from '../frame.ts';
import type { Stage } from '../render/stage.ts';
import { Oscillator } from './oscillator.ts';

/** At depth 1 the delay swings by this much, from nothing on. */
const SWING_SAMPLES = 0.002 * SAMPLE_RATE_HZ;
/** The interpolation wants one sample after the point it reads, and two before. */
const LEAST_DELAY_SAMPLES = 1;
const INTERPOLATION_SAMPLES = 2;
const LINE_LENGTH = 128;
const MASK = LINE_LENGTH - 1;

if (LEAST_DELAY_SAMPLES + SWING_SAMPLES + INTERPOLATION_SAMPLES > LINE_LENGTH)
  throw new Error('bug: line too short');

/**
 * Swings the pitch by a delay that swings between 0 and `2 * depth` ms, `frequency` times a second: the pitch is off by at
 * most `2π * frequency * depth` thousandths. Between samples it reads along a cubic (Hermite) curve.
 */
export function vibratoStage({ frequency, depth }: FilterSettings<'vibrato'>): Stage {
  const oscillator = new Oscillator(frequency);
  const swing = (depth * SWING_SAMPLES) / 2;
  const left = new Float32Array(LINE_LENGTH);
  const right = new Float32Array(LINE_LENGTH);
  let written = 0;
  return {
    historyFrames: 1,
    isNeutralAt: () => false,
    process(samples, frameIndex) {
      oscillator.toFrame(frameIndex);
      let at = written;
      for (let i = 0; i < samples.length; i += CHANNELS) {
        left[at & MASK] = samples[i] ?? 0;
        right[at & MASK] = samples[i + 1] ?? 0;
        const delay = LEAST_DELAY_SAMPLES + swing + swing * oscillator.sine;
        const whole = Math.ceil(delay);
        const part = whole - delay;
        samples[i] = readCurve(left, at - whole, part);
        samples[i + 1] = readCurve(right, at - whole, part);
        oscillator.advance();
        at++;
      }
      written = at & MASK;
    },
    reset() {
      left.fill(0);
      right.fill(0);
      written = 0;
    },
  };
}

/** The value `part` of the way from sample `at` to the next. */
function readCurve(line: Float32Array, at: number, part: number): number {
  const before = line[(at - 1) & MASK] ?? 0;
  const from = line[at & MASK] ?? 0;
  const to = line[(at + 1) & MASK] ?? 0;
  const after = line[(at + 2) & MASK] ?? 0;
  const slope = 0.5 * (to - before);
  const cubic = 1.5 * (from - to) + 0.5 * (after - before);
  const square = to - from - slope - cubic;
  return ((cubic * part + square) * part + slope) * part + from;
}
