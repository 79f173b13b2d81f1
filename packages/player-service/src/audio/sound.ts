import { isDeepStrictEqual } from 'node:util';
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
  /** Bits per second of what has to be encoded; the engine's own when absent. */
  readonly bitrateBps?: number | undefined;
}

/** Leaves every track as it is. */
export const PLAIN_SOUND: SoundSettings = { volumePercent: 100, filters: {}, gainDb: 0, levelling: false };

const MAX_VOLUME_PERCENT = 1_000;

/** @throws RangeError for what no caller may ask for. */
export function checkSound({ volumePercent, gainDb }: SoundSettings): void {
  if (!(volumePercent >= 0 && volumePercent <= MAX_VOLUME_PERCENT))
    throw new RangeError(`bug: a volume of ${volumePercent} %`);
  if (!Number.isFinite(gainDb)) throw new RangeError(`bug: a gain of ${gainDb} dB`);
}

/** Whether two are the same to the ear. */
export function isSameSound(one: SoundSettings, other: SoundSettings): boolean {
  return isDeepStrictEqual(one, other);
}

/** Seconds of the track in one second of sound. */
export function speedOf({ filters: { timescale } }: Pick<SoundSettings, 'filters'>): number {
  return (timescale?.speed ?? 1) * (timescale?.rate ?? 1);
}
