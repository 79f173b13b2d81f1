import { CHANNELS } from '../frame.ts';

/**
 * Leads from one signal over to another within one frame; `into` holds the new signal and then the result.
 *
 * The power stays even whatever the two have to do with each other: signals that are alike add up in amplitude and are
 * faded linearly, those that are not add up in power and are faded along a quarter circle. What lies between is measured.
 */
export function crossOver(from: Float32Array, into: Float32Array): void {
  const likeness = correlation(from, into);
  const count = into.length / CHANNELS;
  for (let n = 0; n < count; n++) {
    const incoming = (n + 0.5) / count;
    const outgoing = 1 - incoming;
    const power = outgoing * outgoing + incoming * incoming + 2 * likeness * outgoing * incoming;
    const scale = 1 / Math.sqrt(power);
    for (let i = n * CHANNELS; i < (n + 1) * CHANNELS; i++) {
      into[i] = ((from[i] ?? 0) * outgoing + (into[i] ?? 0) * incoming) * scale;
    }
  }
}

/** 1 for the same signal at whatever level (silence is like anything), 0 for unlike ones, and for opposite ones too. */
function correlation(a: Float32Array, b: Float32Array): number {
  let powerA = 0;
  let powerB = 0;
  let product = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i] ?? 0;
    const y = b[i] ?? 0;
    powerA += x * x;
    powerB += y * y;
    product += x * y;
  }
  if (powerA === 0 || powerB === 0) return 1;
  return Math.max(0, product / Math.sqrt(powerA * powerB));
}
