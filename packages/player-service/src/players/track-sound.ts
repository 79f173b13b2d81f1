import { type Filters, withoutNeutral } from '@bandstand/protocol';
import { type SoundSettings, speedOf } from '../audio/sound.ts';
import type { Track } from '../sources/source.ts';
import type { GuildSound } from './guild-sound.ts';

/**
 * How one track is to sound in a guild.
 *
 * @param gainDb - What brings it to the loudness of the others; 0 while that is not known.
 */
export function soundOf(
  { volumePercent, filters, normalize }: GuildSound,
  { isLive }: Pick<Track, 'isLive'>,
  gainDb: number,
): SoundSettings {
  return {
    volumePercent,
    filters: isLive ? inRealTime(filters) : filters,
    gainDb: normalize ? gainDb : 0,
    levelling: normalize && isLive,
  };
}

/** Milliseconds of the track in one of the listener. */
export function trackSpeed({ filters }: GuildSound, { isLive }: Pick<Track, 'isLive'>): number {
  return isLive ? 1 : speedOf({ filters });
}

/** A live stream comes no faster than it is sent, and must not fall behind: it is played higher or lower alone. */
function inRealTime(filters: Filters): Filters {
  const { timescale } = filters;
  if (timescale === undefined) return filters;
  const pitch = timescale.pitch * timescale.rate;
  return withoutNeutral({ ...filters, timescale: { speed: 1, pitch, rate: 1 } });
}
