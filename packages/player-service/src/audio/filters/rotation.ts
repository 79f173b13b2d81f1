import type { FilterSettings } from '@bandstand/protocol';
import { CHANNELS } from '../frame.ts';
import type { Stage } from '../render/stage.ts';
import { Oscillator } from './oscillator.ts';

/** Turns the sound around the listener: what one channel loses the other gains, `(1 ± sin) / 2`. */
export function rotationStage({ rotationHz }: FilterSettings<'rotation'>): Stage {
  const oscillator = new Oscillator(rotationHz);
  return {
    isNeutralAt: () => false,
    process(samples, frameIndex) {
      oscillator.toFrame(frameIndex);
      for (let i = 0; i < samples.length; i += CHANNELS) {
        samples[i] = (samples[i] ?? 0) * (0.5 + 0.5 * oscillator.sine);
        samples[i + 1] = (samples[i + 1] ?? 0) * (0.5 - 0.5 * oscillator.sine);
        oscillator.advance();
      }
    },
    reset() {},
  };
}
