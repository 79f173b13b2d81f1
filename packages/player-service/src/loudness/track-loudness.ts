/** How loud a whole track is, as it is played at volume 100 without anything else. Plain data: stored, and sent between threads. */
export interface TrackLoudness {
  /** ITU-R BS.1770-4. Absent for silence, and for what is too short to have a loudness. */
  readonly integratedLufs: number | undefined;
  /** The highest level between samples too, in dB of full scale; −120 for silence. */
  readonly truePeakDb: number;
}
