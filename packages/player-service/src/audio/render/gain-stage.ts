import type { Stage } from './stage.ts';

/** Multiplies every sample. @param gain - A factor of the amplitude. */
export function gainStage(gain: number): Stage {
  return {
    isNeutralAt: () => gain === 1,
    process: (samples) => {
      for (let i = 0; i < samples.length; i++) samples[i] = (samples[i] ?? 0) * gain;
    },
    reset: () => {},
  };
}
