import { CHANNELS } from '../frame.ts';

/**
 * Fills `into` with the interleaved samples of the track from `fromSample` on (counted per channel). What lies before its
 * beginning or behind its end is silence.
 */
export type ReadSamples = (fromSample: number, into: Float32Array) => void;

/** The stretch of a track that is being looked at: it moves forward only, so each sample is read once. */
export class InputWindow {
  readonly #samples: Float32Array;
  #from = 0;
  #end = 0;

  /** @param mostSamples - The longest stretch, per channel. */
  constructor(mostSamples: number) {
    this.#samples = new Float32Array(mostSamples * CHANNELS);
  }

  /** The next stretch begins anywhere. */
  begin(fromSample: number): void {
    this.#from = fromSample;
    this.#end = fromSample;
  }

  /** Where what was read ends. */
  get end(): number {
    return this.#end;
  }

  /** The samples from `from`, which is never before that of the last call, up to `end`; valid until the next call. */
  move(from: number, end: number, read: ReadSamples): Float32Array {
    this.#samples.copyWithin(0, (from - this.#from) * CHANNELS, (this.#end - this.#from) * CHANNELS);
    const kept = Math.max(0, this.#end - from);
    const stretch = this.#samples.subarray(0, (end - from) * CHANNELS);
    if (from + kept < end) read(from + kept, stretch.subarray(kept * CHANNELS));
    this.#from = from;
    this.#end = Math.max(end, from + kept);
    return stretch;
  }
}
