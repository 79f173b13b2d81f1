import { buildStages } from '../filters/build-stages.ts';
import type { SoundSettings } from '../sound.ts';
import { gainStage } from './gain-stage.ts';
import type { Stage } from './stage.ts';

/** A factor nearer to 1 than this changes nothing. */
const NO_GAIN = 1e-4;

export interface SoundStages {
  readonly stages: readonly Stage[];
  /** Whether the signal may become louder than it was. */
  readonly mayBeLouder: boolean;
}

/**
 * The stages that make the signal sound as set; none where it stays as it is.
 *
 * @param sourceGainDb - What the author of the media wants it amplified by.
 */
export function soundStages(sound: SoundSettings, sourceGainDb: number): SoundStages {
  const gain = (sound.volumePercent / 100) * 10 ** ((sound.gainDb + sourceGainDb) / 20);
  const hasGain = Math.abs(gain - 1) > NO_GAIN;
  const filters = buildStages(sound.filters);
  return {
    stages: hasGain ? [gainStage(gain), ...filters] : filters,
    mayBeLouder: (hasGain && gain > 1) || filters.length > 0 || sound.filters.timescale !== undefined,
  };
}
