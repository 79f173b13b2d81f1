import type { SoundSettings } from '../audio/sound.ts';
import type { Track } from '../sources/source.ts';
import type { GuildSound } from './guild-sound.ts';

/**
 * How one track is to sound in a guild.
 *
 * @param gainDb - What brings it to the loudness of the others; 0 while that is not known.
 */
export function soundOf(
  { volumePercent, filters, normalize }: GuildSound,
  { isLive }: Track,
  gainDb: number,
): SoundSettings {
  return { volumePercent, filters, gainDb: normalize ? gainDb : 0, levelling: normalize && isLive };
}
