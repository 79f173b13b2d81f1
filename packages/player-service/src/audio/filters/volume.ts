import type { FilterSettings } from '@bandstand/protocol';
import type { Stage } from '../render/stage.ts';

/** Multiplies every sample by one factor. */
export function volumeStage(factor: FilterSettings<'volume'>): Stage {
  return {
    isNeutralAt: () => factor === 1,
    process(samples) {
      for (let i = 0; i < samples.length; i++) samples[i] = (samples[i] ?? 0) * factor;
    },
    reset() {},
  };
}
