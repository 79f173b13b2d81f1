import type { SoundSettings } from '../sound.ts';
import { gainStage } from './gain-stage.ts';
import type { Stage } from './stage.ts';

/** A factor nearer to 1 than this changes nothing. */
const NO_GAIN = 1e-4;

/**
 * The stages that make the signal sound as set; none where it stays as it is.
 *
 * @param sourceGainDb - What the author of the media wants it amplified by.
 */
export function soundStages(sound: SoundSettings, sourceGainDb: number): Stage[] {
  const stages: Stage[] = [];
  const gain = (sound.volumePercent / 100) * 10 ** ((sound.gainDb + sourceGainDb) / 20);
  if (Math.abs(gain - 1) > NO_GAIN) stages.push(gainStage(gain));
  return stages;
}
