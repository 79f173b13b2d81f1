import { CHANNELS, FRAME_SAMPLES } from '../../audio/frame.ts';
import type { TrackLoudness } from '../track-loudness.ts';
import { GatedLoudness } from './gated-loudness.ts';
import { KWeighting } from './k-weighting.ts';
import { TruePeak } from './true-peak.ts';

const FRAMES_PER_STEP = 5;
const LOWEST_PEAK_DB = -120;
const FULL_SCALE = 32_768;

interface Channel {
  readonly samples: Float64Array;
  readonly weighting: KWeighting;
  readonly peak: TruePeak;
}

/** Measures a track frame by frame: EBU R128 integrated loudness and true peak. */
export class LoudnessMeter {
  readonly #channels: readonly Channel[] = Array.from({ length: CHANNELS }, () => ({
    samples: new Float64Array(FRAME_SAMPLES),
    weighting: new KWeighting(),
    peak: new TruePeak(),
  }));
  readonly #loudness = new GatedLoudness();
  readonly #scale: number;
  #stepEnergy = 0;
  #stepFrames = 0;

  /** @param gainDb - What the track is amplified by before anybody hears it. */
  constructor({ gainDb = 0 }: { readonly gainDb?: number } = {}) {
    this.#scale = 10 ** (gainDb / 20) / FULL_SCALE;
  }

  /** @param frame - 20 ms, interleaved signed 16-bit stereo at 48 kHz. */
  push(frame: Int16Array): void {
    for (const [index, { samples, weighting, peak }] of this.#channels.entries()) {
      for (let i = 0; i < FRAME_SAMPLES; i++)
        samples[i] = (frame[i * CHANNELS + index] as number) * this.#scale;
      this.#stepEnergy += weighting.energy(samples);
      peak.push(samples);
    }
    if (++this.#stepFrames < FRAMES_PER_STEP) return;
    this.#loudness.addStep(this.#stepEnergy / (FRAMES_PER_STEP * FRAME_SAMPLES));
    this.#stepEnergy = 0;
    this.#stepFrames = 0;
  }

  /** Of everything so far. */
  get result(): TrackLoudness {
    const highest = Math.max(...this.#channels.map(({ peak }) => peak.highest));
    return {
      integratedLufs: this.#loudness.integratedLufs,
      truePeakDb: Math.max(LOWEST_PEAK_DB, 20 * Math.log10(highest)),
    };
  }
}
