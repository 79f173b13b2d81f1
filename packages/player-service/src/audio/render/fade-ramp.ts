import { CHANNELS } from '../frame.ts';

/** Fades one frame to or from silence, along half a cosine: it begins and ends without a bend. */
export function fade(samples: Float32Array, direction: 'in' | 'out'): void {
  const count = samples.length / CHANNELS;
  for (let n = 0; n < count; n++) {
    const rising = 0.5 - 0.5 * Math.cos((Math.PI * (n + 0.5)) / count);
    const gain = direction === 'in' ? rising : 1 - rising;
    for (let i = n * CHANNELS; i < (n + 1) * CHANNELS; i++) samples[i] = (samples[i] ?? 0) * gain;
  }
}
