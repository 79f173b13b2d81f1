import type { SoundSettings } from '../audio/sound.ts';
import type { Track } from '../sources/source.ts';
import type { GuildSound } from './guild-sound.ts';

/** How one track is to sound in a guild. */
export function soundOf({ volumePercent, filters, normalize }: GuildSound, track: Track): SoundSettings {
  return { volumePercent, filters, gainDb: 0, levelling: normalize && track.isLive };
}
