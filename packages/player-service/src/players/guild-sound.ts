import type { Filters } from '@bandstand/protocol';

/** How a guild wants its music to sound, whatever the track. */
export interface GuildSound {
  /** 100 leaves the signal as it is. */
  readonly volumePercent: number;
  /** Without entries that change nothing; `{}` is none. */
  readonly filters: Filters;
  /** Whether tracks are brought to the same loudness. */
  readonly normalize: boolean;
  /** How long the end of a track and the beginning of the next sound together; 0 = gapless. */
  readonly crossfadeMs: number;
}

/** As on the first day: every track as it is, one after the other. */
export const NEUTRAL_SOUND: GuildSound = {
  volumePercent: 100,
  filters: {},
  normalize: false,
  crossfadeMs: 0,
};
