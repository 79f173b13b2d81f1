import type { FilterSettings } from '@bandstand/protocol';
import { CHANNELS, SAMPLE_RATE_HZ } from '../frame.ts';
import type { Stage } from '../render/stage.ts';
import { framesToSettle, withoutResidue } from './decay.ts';

/**
 * Takes out what both channels have in common, voices mostly: from each `level` times the other is subtracted. What lies
 * around `filterBand` in the middle, the bass mostly, is given back by a resonator `filterWidth` wide.
 */
export function karaokeStage(settings: FilterSettings<'karaoke'>): Stage {
  const { level, monoLevel, filterBand, filterWidth } = settings;
  const radiusSquared = Math.exp((-2 * Math.PI * filterWidth) / SAMPLE_RATE_HZ);
  const feedback =
    ((-4 * radiusSquared) / (1 + radiusSquared)) * Math.cos((2 * Math.PI * filterBand) / SAMPLE_RATE_HZ);
  const input = Math.sqrt(1 - feedback ** 2 / (4 * radiusSquared)) * (1 - radiusSquared);
  const given = monoLevel * level;
  const memory = new Float64Array(2);
  return {
    historyFrames: framesToSettle(Math.sqrt(radiusSquared)),
    isNeutralAt: () => level === 0,
    process(samples) {
      let previous = memory[0] ?? 0;
      let beforePrevious = memory[1] ?? 0;
      for (let i = 0; i < samples.length; i += CHANNELS) {
        const left = samples[i] ?? 0;
        const right = samples[i + 1] ?? 0;
        const band = input * 0.5 * (left + right) - feedback * previous - radiusSquared * beforePrevious;
        beforePrevious = previous;
        previous = band;
        samples[i] = left - right * level + band * given;
        samples[i + 1] = right - left * level + band * given;
      }
      memory[0] = withoutResidue(previous);
      memory[1] = withoutResidue(beforePrevious);
    },
    reset() {
      memory.fill(0);
    },
  };
}
