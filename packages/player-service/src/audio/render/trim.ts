import { CHANNELS, FRAME_SAMPLES } from '../frame.ts';
import type { UnitEdges } from '../units/unit.ts';

/** A track may be cut anywhere in a wave: 3 ms make that inaudible, and too short to be missed. */
const RAMP_SAMPLES = 144;

/** Silences what does not belong to the track, and leads to and from that. */
export function trim(samples: Float32Array, { beginsAt = 0, endsAt = FRAME_SAMPLES }: UnitEdges): void {
  if (beginsAt > 0) {
    const ramp = Math.min(RAMP_SAMPLES, FRAME_SAMPLES - beginsAt);
    samples.fill(0, 0, beginsAt * CHANNELS);
    for (let n = 0; n < ramp; n++) scale(samples, beginsAt + n, (n + 0.5) / ramp);
  }
  if (endsAt < FRAME_SAMPLES) {
    const ramp = Math.min(RAMP_SAMPLES, endsAt);
    samples.fill(0, endsAt * CHANNELS);
    for (let n = 1; n <= ramp; n++) scale(samples, endsAt - n, (n - 0.5) / ramp);
  }
}

function scale(samples: Float32Array, sample: number, gain: number): void {
  for (let i = sample * CHANNELS; i < (sample + 1) * CHANNELS; i++) samples[i] = (samples[i] ?? 0) * gain;
}
