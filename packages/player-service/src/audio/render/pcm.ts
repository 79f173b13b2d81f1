const FULL_SCALE = 32_768;
const MAX = 32_767;
const MIN = -32_768;

/** Reads signed 16-bit samples as floats in ±1. Both hold as many samples. */
export function toFloat(from: Int16Array, to: Float32Array): void {
  for (let i = 0; i < to.length; i++) to[i] = (from[i] ?? 0) / FULL_SCALE;
}

/** Writes floats as signed 16-bit samples, rounded; what is too loud saturates (storing it as it is would wrap around). */
export function toInt16(from: Float32Array, to: Int16Array): void {
  for (let i = 0; i < from.length; i++) {
    const value = Math.round((from[i] ?? 0) * FULL_SCALE);
    to[i] = Math.max(MIN, Math.min(MAX, value));
  }
}

/** A view of PCM bytes as samples; copied only when they do not begin at an even address. */
export function samplesOf(pcm: Buffer): Int16Array {
  if (pcm.byteOffset % 2 === 0) return new Int16Array(pcm.buffer, pcm.byteOffset, pcm.length >> 1);
  return new Int16Array(Uint8Array.from(pcm).buffer, 0, pcm.length >> 1);
}
