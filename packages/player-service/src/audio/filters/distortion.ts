import type { FilterSettings } from '@bandstand/protocol';
import type { Stage } from '../render/stage.ts';

/**
 * Bends the wave by a product of three curves, clipped to full scale:
 * `offset + scale * (sinOffset + sin(x * sinScale)) * (cosOffset + cos(x * cosScale)) * (tanOffset + tan(x * tanScale))`.
 * With every field at its default Lavalink leaves the sound alone, though the formula then is `sin² x`.
 */
export function distortionStage(settings: FilterSettings<'distortion'>): Stage {
  const { sinOffset, sinScale, cosOffset, cosScale, tanOffset, tanScale, offset, scale } = settings;
  return {
    isNeutralAt: () => false,
    process(samples) {
      for (let i = 0; i < samples.length; i++) {
        const x = samples[i] ?? 0;
        const sine = sinOffset + Math.sin(x * sinScale);
        const cosine = cosOffset + Math.cos(x * cosScale);
        const tangent = tanOffset + Math.tan(x * tanScale);
        samples[i] = Math.max(-1, Math.min(1, offset + scale * sine * cosine * tangent));
      }
    },
    reset() {},
  };
}
