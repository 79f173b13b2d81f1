import type { FilterSettings } from '@bandstand/protocol';
import { CHANNELS, SAMPLE_RATE_HZ } from '../frame.ts';
import type { Stage } from '../render/stage.ts';
import { framesToSettle } from './decay.ts';

/** The gain is computed once for so many samples and runs straight between. */
const BLOCK_SAMPLES = 8;
/** How slowly the level falls between the crests of a wave: they are 10 ms apart at 50 Hz. */
const CREST_DECAY_MS = 20;
const SILENCE = 1e-6;

/**
 * Makes what is louder than `thresholdDb` quieter: `ratio` dB above it become one. Both channels get the same gain, by the
 * louder of them, so that nothing moves in the stereo image. The knee is a parabola `kneeDb` wide.
 */
export function compressorStage(settings: FilterSettings<'compressor'>): Stage {
  const { attackMs, releaseMs, ratio, makeupDb } = settings;
  const attack = decayPerBlock(attackMs);
  const release = decayPerBlock(releaseMs);
  const crestDecay = decayPerBlock(CREST_DECAY_MS);
  /** Level of the crests, reduction in dB, and the factor at the end of the last block. */
  const memory = new Float64Array([0, 0, 10 ** (makeupDb / 20)]);
  return {
    historyFrames: framesToSettle(release ** (1 / BLOCK_SAMPLES)),
    isNeutralAt: () => ratio === 1 && makeupDb === 0,
    process(samples) {
      let crest = memory[0] ?? 0;
      let reductionDb = memory[1] ?? 0;
      let factor = memory[2] ?? 1;
      for (let block = 0; block < samples.length; block += BLOCK_SAMPLES * CHANNELS) {
        crest = Math.max(
          crest * crestDecay,
          peakOf(samples, block, block + BLOCK_SAMPLES * CHANNELS),
          SILENCE,
        );
        const wantedDb = reductionOf(20 * Math.log10(crest), settings);
        const slowness = wantedDb > reductionDb ? attack : release;
        reductionDb = wantedDb + (reductionDb - wantedDb) * slowness;
        const next = 10 ** ((makeupDb - reductionDb) / 20);
        const step = (next - factor) / BLOCK_SAMPLES;
        for (let i = block; i < block + BLOCK_SAMPLES * CHANNELS; i += CHANNELS) {
          factor += step;
          samples[i] = (samples[i] ?? 0) * factor;
          samples[i + 1] = (samples[i + 1] ?? 0) * factor;
        }
        factor = next;
      }
      memory[0] = crest;
      memory[1] = reductionDb;
      memory[2] = factor;
    },
    reset() {
      memory[0] = 0;
      memory[1] = 0;
      memory[2] = 10 ** (makeupDb / 20);
    },
  };
}

/** What the curve takes away at a level, in dB, never negative. */
export function reductionOf(levelDb: number, settings: FilterSettings<'compressor'>): number {
  const { thresholdDb, ratio, kneeDb } = settings;
  const slope = 1 - 1 / ratio;
  const above = levelDb - thresholdDb;
  if (above >= kneeDb / 2) return slope * above;
  if (above <= -kneeDb / 2) return 0;
  return (slope * (above + kneeDb / 2) ** 2) / (2 * kneeDb);
}

function peakOf(samples: Float32Array, from: number, to: number): number {
  let peak = 0;
  for (let i = from; i < to; i++) peak = Math.max(peak, Math.abs(samples[i] ?? 0));
  return peak;
}

function decayPerBlock(timeMs: number): number {
  return Math.exp((-BLOCK_SAMPLES * 1_000) / (timeMs * SAMPLE_RATE_HZ));
}
