import { CHANNELS, FRAME_SAMPLES, SAMPLE_RATE_HZ } from '../../src/audio/frame.ts';
import type { Stage } from '../../src/audio/render/stage.ts';

/** Both channels of a signal, full scale being ±1. */
export interface Stereo {
  readonly left: Float64Array;
  readonly right: Float64Array;
}

/** What a stage makes of a signal, which is cut into frames counted from `firstFrame`; the last must be whole. */
export function throughStages(stages: readonly Stage[], { left, right }: Stereo, firstFrame = 0): Stereo {
  if (left.length % FRAME_SAMPLES !== 0) throw new Error('the signal must end with a frame');
  const out = { left: new Float64Array(left.length), right: new Float64Array(left.length) };
  const frame = new Float32Array(FRAME_SAMPLES * CHANNELS);
  for (let at = 0; at < left.length; at += FRAME_SAMPLES) {
    for (let i = 0; i < FRAME_SAMPLES; i++) {
      frame[i * CHANNELS] = left[at + i] ?? 0;
      frame[i * CHANNELS + 1] = right[at + i] ?? 0;
    }
    for (const stage of stages) stage.process(frame, firstFrame + at / FRAME_SAMPLES);
    for (let i = 0; i < FRAME_SAMPLES; i++) {
      out.left[at + i] = frame[i * CHANNELS] ?? 0;
      out.right[at + i] = frame[i * CHANNELS + 1] ?? 0;
    }
  }
  return out;
}

/** A sine of so many frames, the same in both channels. */
export function sine(frequencyHz: number, amplitude: number, frames: number): Stereo {
  const omega = (2 * Math.PI * frequencyHz) / SAMPLE_RATE_HZ;
  const left = Float64Array.from(
    { length: frames * FRAME_SAMPLES },
    (_, i) => amplitude * Math.sin(omega * i),
  );
  return { left, right: left.slice() };
}

/** White noise, another in each channel, the same each time. */
export function noise(amplitude: number, frames: number): Stereo {
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return amplitude * (state / 2 ** 31 - 1);
  };
  const left = Float64Array.from({ length: frames * FRAME_SAMPLES }, next);
  return { left, right: left.map(next) };
}

/** One sample in silence. */
export function impulse(amplitude: number, frames: number): Stereo {
  const left = new Float64Array(frames * FRAME_SAMPLES);
  left[0] = amplitude;
  return { left, right: left.slice() };
}

/** Gain at one frequency in dB, from the answer to an impulse of 1. */
export function responseDb(answer: Float64Array, frequencyHz: number): number {
  const omega = (2 * Math.PI * frequencyHz) / SAMPLE_RATE_HZ;
  let real = 0;
  let imaginary = 0;
  for (let i = 0; i < answer.length; i++) {
    real += (answer[i] ?? 0) * Math.cos(omega * i);
    imaginary -= (answer[i] ?? 0) * Math.sin(omega * i);
  }
  return 10 * Math.log10(real ** 2 + imaginary ** 2);
}
