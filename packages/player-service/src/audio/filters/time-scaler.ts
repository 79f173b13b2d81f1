import type { FilterSettings } from '@bandstand/protocol';
import { FRAME_SAMPLES } from '../frame.ts';
import type { ReadSamples } from './input-window.ts';
import { Resampler, resampledAhead, resampledBehind } from './resampler.ts';
import { STRETCHED_BEHIND, Stretcher, stretchedAhead } from './stretcher.ts';

export type { ReadSamples } from './input-window.ts';

/** What a timescale comes to: samples of the track per sample of sound, and by what factor tones are higher. Each 0.25 to 4. */
export interface TimeScale {
  readonly speed: number;
  readonly pitch: number;
}

/** Far below what anybody hears. */
const SAME = 1e-9;

/** The rate counts for both, as with a tape. */
export function timeScaleOf({ speed, pitch, rate }: FilterSettings<'timescale'>): TimeScale {
  return { speed: speed * rate, pitch: pitch * rate };
}

/** Samples of the track before the beginning of the first frame that are read to make it. */
export function samplesBehind(scale: TimeScale): number {
  const resampled = resampledBehind(scale.pitch);
  return isTape(scale) ? resampled : STRETCHED_BEHIND + Math.ceil(resampled * stretchOf(scale)) + 1;
}

/** Samples of the track after the beginning of a frame that are read to make it. */
export function samplesAhead(scale: TimeScale): number {
  const resampled = resampledAhead(scale.pitch, FRAME_SAMPLES);
  return isTape(scale) ? resampled : stretchedAhead(stretchOf(scale), resampled) + 1;
}

/**
 * Plays a track at another speed and pitch. What changes speed and pitch alike is resampling, which is exact; what is left of
 * the speed is stretched before. It pulls what it needs of the track by itself, ahead by its own latency, so that none shows:
 * sample n of the sound is what stands at `position + n * speed` in the track. One is one stream; it may begin anew at will.
 */
export class TimeScaler {
  readonly #resampler = new Resampler();
  /** Made when it is first needed: it is 1.2 MB. */
  #stretcher: Stretcher | undefined;
  #scale: TimeScale = { speed: 1, pitch: 1 };
  #read: ReadSamples = (_, into) => into.fill(0);
  readonly #readStretched: ReadSamples = (_, into) => this.#stretcher?.pull(this.#read, into);

  /** @param position - Where in the track the next sample of sound lies, in samples per channel. */
  begin(scale: TimeScale, position: number): void {
    this.#scale = scale;
    if (isTape(scale)) {
      this.#resampler.begin(scale.pitch, position);
      return;
    }
    // What the resampler reads begins before the first sample, by what it looks at on each side.
    const stretch = stretchOf(scale);
    const behind = resampledBehind(scale.pitch);
    this.#stretcher ??= new Stretcher();
    this.#stretcher.begin(stretch, position - behind * stretch);
    this.#resampler.begin(scale.pitch, 0);
  }

  /** The next frame: 960 samples per channel, interleaved. Reads on from where it read last. */
  pull(read: ReadSamples, into: Float32Array): void {
    this.#read = read;
    this.#resampler.pull(isTape(this.#scale) ? read : this.#readStretched, into);
  }
}

/** Whether tempo and pitch change alike. */
function isTape({ speed, pitch }: TimeScale): boolean {
  return Math.abs(speed - pitch) < SAME;
}

function stretchOf({ speed, pitch }: TimeScale): number {
  return speed / pitch;
}
