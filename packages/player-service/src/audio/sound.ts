import type { Filters } from '@bandstand/protocol';

/** How one playback is to sound. Plain data: it crosses threads. */
export interface SoundSettings {
  /** 0 to 1,000; 100 leaves the signal as it is. */
  readonly volumePercent: number;
  /** Without entries that change nothing; `{}` is none. */
  readonly filters: Filters;
  /** Static gain that brings the track to the loudness of all others; 0 is none. */
  readonly gainDb: number;
  /** Whether the loudness is evened out as it goes, for live sources, where it cannot be measured beforehand. */
  readonly levelling: boolean;
}

/** Leaves every track as it is. */
export const PLAIN_SOUND: SoundSettings = { volumePercent: 100, filters: {}, gainDb: 0, levelling: false };

/** Seconds of the track in one second of sound. */
export function speedOf({ filters: { timescale } }: Pick<SoundSettings, 'filters'>): number {
  return (timescale?.speed ?? 1) * (timescale?.rate ?? 1);
}
