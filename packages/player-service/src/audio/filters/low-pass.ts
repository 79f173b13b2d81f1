import type { FilterSettings } from '@bandstand/protocol';
import { CHANNELS } from '../frame.ts';
import type { Stage } from '../render/stage.ts';
import { framesToSettle, withoutResidue } from './decay.ts';

/** A one-pole low pass: each sample moves the output by a `smoothing`-th of the way to the input. Only above 1 it is one. */
export function lowPassStage({ smoothing }: FilterSettings<'lowPass'>): Stage {
  const share = 1 / Math.max(1, smoothing);
  const memory = new Float64Array(CHANNELS);
  return {
    historyFrames: share === 1 ? 0 : framesToSettle(1 - share),
    isNeutralAt: () => share === 1,
    process(samples) {
      let left = memory[0] ?? 0;
      let right = memory[1] ?? 0;
      for (let i = 0; i < samples.length; i += CHANNELS) {
        left += ((samples[i] ?? 0) - left) * share;
        right += ((samples[i + 1] ?? 0) - right) * share;
        samples[i] = left;
        samples[i + 1] = right;
      }
      memory[0] = withoutResidue(left);
      memory[1] = withoutResidue(right);
    },
    reset() {
      memory.fill(0);
    },
  };
}
