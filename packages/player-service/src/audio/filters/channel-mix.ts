import type { FilterSettings } from '@bandstand/protocol';
import { CHANNELS } from '../frame.ts';
import type { Stage } from '../render/stage.ts';

/** Makes each channel a sum of both: `left = left * leftToLeft + right * rightToLeft`, right alike. */
export function channelMixStage(settings: FilterSettings<'channelMix'>): Stage {
  const { leftToLeft, leftToRight, rightToLeft, rightToRight } = settings;
  return {
    isNeutralAt: () => false,
    process(samples) {
      for (let i = 0; i < samples.length; i += CHANNELS) {
        const left = samples[i] ?? 0;
        const right = samples[i + 1] ?? 0;
        samples[i] = left * leftToLeft + right * rightToLeft;
        samples[i + 1] = left * leftToRight + right * rightToRight;
      }
    },
    reset() {},
  };
}
