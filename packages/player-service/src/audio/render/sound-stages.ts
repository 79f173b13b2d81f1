import { buildStages } from '../filters/build-stages.ts';
import type { Leveller } from '../filters/leveller.ts';
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

/** What belongs to one playback, whatever its sound is. */
export interface SoundContext {
  /** What the author of the media wants it amplified by. */
  readonly sourceGainDb: number;
  /** Asked for once the sound is to be levelled; always the same one. */
  readonly leveller: () => Leveller;
}

/** The stages that make the signal sound as set; none where it stays as it is. */
export function soundStages(sound: SoundSettings, { sourceGainDb, leveller }: SoundContext): SoundStages {
  const gain = (sound.volumePercent / 100) * 10 ** ((sound.gainDb + sourceGainDb) / 20);
  const hasGain = Math.abs(gain - 1) > NO_GAIN;
  const filters = buildStages(sound.filters);
  const levelling = sound.levelling ? [leveller().stage()] : [];
  return {
    stages: [...levelling, ...(hasGain ? [gainStage(gain)] : []), ...filters],
    mayBeLouder:
      (hasGain && gain > 1) || filters.length > 0 || sound.levelling || sound.filters.timescale !== undefined,
  };
}
