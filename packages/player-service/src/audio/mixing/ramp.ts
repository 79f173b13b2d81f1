import { CHANNELS } from '../frame.ts';

/** How a gain moves to where it stays. Plain data. */
export interface Ramp {
  readonly from: number;
  readonly to: number;
  /** How long it takes; 1 is the shortest, because a step would click. */
  readonly frames: number;
}

/** Between two points the gain is a straight line: a millisecond of samples, which no ear tells from the curve. */
const POINTS_PER_FRAME = 20;

/**
 * The gain so many frames after the ramp began. Its square moves along sin²: of two ramps that change places, the powers
 * add up to the same all the way, which is what keeps two unrelated signals equally loud together.
 */
export function gainAt({ from, to, frames }: Ramp, elapsedFrames: number): number {
  if (elapsedFrames <= 0) return from;
  if (elapsedFrames >= frames || from === to) return to;
  const share = Math.sin((elapsedFrames / frames) * (Math.PI / 2)) ** 2;
  return Math.sqrt(from * from + (to * to - from * from) * share);
}

/** Whether the gain is the same all through the frame that begins so many frames after the ramp did. */
export function isSteady(ramp: Ramp, elapsedFrames: number): boolean {
  return ramp.from === ramp.to || elapsedFrames >= ramp.frames;
}

/** Multiplies one frame of interleaved stereo. */
export function applyRamp(samples: Float32Array, ramp: Ramp, elapsedFrames: number): void {
  if (isSteady(ramp, elapsedFrames)) {
    if (ramp.to !== 1) for (let i = 0; i < samples.length; i++) samples[i] = (samples[i] ?? 0) * ramp.to;
    return;
  }
  const blockSamples = samples.length / POINTS_PER_FRAME;
  let gain = gainAt(ramp, elapsedFrames);
  for (let point = 1; point <= POINTS_PER_FRAME; point++) {
    const next = gainAt(ramp, elapsedFrames + point / POINTS_PER_FRAME);
    const step = ((next - gain) * CHANNELS) / blockSamples;
    const end = point * blockSamples;
    for (let i = end - blockSamples; i < end; i += CHANNELS) {
      gain += step;
      for (let channel = i; channel < i + CHANNELS; channel++) {
        samples[channel] = (samples[channel] ?? 0) * gain;
      }
    }
    gain = next;
  }
}
