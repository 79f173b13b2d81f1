import type { TrackLoudness } from './track-loudness.ts';

export interface StaticGainOptions {
  readonly targetLufs: number;
}

/** What is quieter than 15 dB below the target stays quiet: there is noise down there, too. */
const MAX_GAIN_DB = 15;
/** Where the true-peak limiter holds the signal. */
const CEILING_DB = -1;
/** The most that is left to the limiter: more of it takes the life out of the loudest moments. */
const MAX_LIMITING_DB = 9;
/** Nobody hears so little, and a track with no gain at all goes through untouched. */
const UNHEARD_DB = 0.5;

/** What brings a track to the target, in dB; 0 when it is there already, or is silent. */
export function staticGainDb(
  { integratedLufs, truePeakDb }: TrackLoudness,
  { targetLufs }: StaticGainOptions,
): number {
  if (integratedLufs === undefined) return 0;
  const wantedDb = targetLufs - integratedLufs;
  const roomDb = Math.max(0, CEILING_DB - truePeakDb + MAX_LIMITING_DB);
  const gainDb = Math.min(wantedDb, MAX_GAIN_DB, roomDb);
  return Math.abs(gainDb) <= UNHEARD_DB ? 0 : gainDb;
}
