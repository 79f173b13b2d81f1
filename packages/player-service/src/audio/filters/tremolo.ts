import type { FilterSettings } from '@bandstand/protocol';
import { CHANNELS } from '../frame.ts';
import type { Stage } from '../render/stage.ts';
import { Oscillator } from './oscillator.ts';

/** Swings the volume between `1 - depth` and 1, `frequency` times a second. */
export function tremoloStage({ frequency, depth }: FilterSettings<'tremolo'>): Stage {
  const oscillator = new Oscillator(frequency);
  const swing = depth / 2;
  return {
    isNeutralAt: () => false,
    process(samples, frameIndex) {
      oscillator.toFrame(frameIndex);
      for (let i = 0; i < samples.length; i += CHANNELS) {
        const gain = 1 - swing + swing * oscillator.sine;
        samples[i] = (samples[i] ?? 0) * gain;
        samples[i + 1] = (samples[i + 1] ?? 0) * gain;
        oscillator.advance();
      }
    },
    reset() {},
  };
}
