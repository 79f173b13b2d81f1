import { EQUALIZER_BANDS_HZ, type FilterSettings } from '@bandstand/protocol';
import { CHANNELS, FRAME_SAMPLES, SAMPLE_RATE_HZ } from '../frame.ts';
import type { Stage } from '../render/stage.ts';
import { framesToSettle, withoutResidue } from './decay.ts';

/** Lavalink's scale: a gain of 0.25 adds the band once more. */
const SHARE_PER_GAIN = 4;
/** The lower edge of a band, where it passes half of the power, lies a third of an octave below its centre. */
const LOWER_EDGE = 2 ** (-1 / 3);
const STATE = 2 * CHANNELS;

/** A band pass: `y = alpha·(x − x₂) + gamma·y₁ − beta·y₂`, 1 at its centre. */
interface Band {
  readonly share: number;
  readonly alpha: number;
  readonly beta: number;
  readonly gamma: number;
}

/**
 * Adds to the signal, band by band, what a band pass takes out of it, `4 * gain` times. Bands run side by side and not one
 * after the other: that is Lavalink's equalizer, whose curve this reproduces. Bands without gain cost nothing.
 */
export function equalizerStage(settings: FilterSettings<'equalizer'>): Stage {
  const bands = settings.filter(({ gain }) => gain !== 0).map(({ band, gain }) => bandPass(band, gain));
  const memory = new Float64Array(bands.length * STATE);
  /** `x − x₂` of the frame, which all bands begin with; and the last two samples of the frame before. */
  const change = new Float64Array(FRAME_SAMPLES * CHANNELS);
  const before = new Float64Array(STATE);
  return {
    historyFrames: bands.reduce((most, { beta }) => Math.max(most, framesToSettle(Math.sqrt(beta))), 0),
    isNeutralAt: () => bands.length === 0,
    process(samples) {
      takeChanges(samples, before, change);
      for (let i = 0; i < bands.length; i++) addBand(bands[i] as Band, change, samples, memory, i * STATE);
    },
    reset() {
      memory.fill(0);
      before.fill(0);
    },
  };
}

function bandPass(band: number, gain: number): Band {
  const centreHz = EQUALIZER_BANDS_HZ[band];
  if (centreHz === undefined) throw new RangeError(`bug: there is no band ${band}`);
  const turn = (2 * Math.PI * centreHz) / SAMPLE_RATE_HZ;
  const edge = Math.tan((turn * LOWER_EDGE) / 2) / Math.tan(turn / 2);
  const width = (Math.sin(turn) * (1 / edge - edge)) / 2;
  const beta = (1 - width) / (1 + width);
  return { share: SHARE_PER_GAIN * gain, alpha: (1 - beta) / 2, beta, gamma: (1 + beta) * Math.cos(turn) };
}

function takeChanges(samples: Float32Array, before: Float64Array, change: Float64Array): void {
  for (let i = 0; i < STATE; i++) change[i] = (samples[i] ?? 0) - (before[i] ?? 0);
  for (let i = STATE; i < samples.length; i++) change[i] = (samples[i] ?? 0) - (samples[i - STATE] ?? 0);
  for (let i = 0; i < STATE; i++) before[i] = samples[samples.length - STATE + i] ?? 0;
}

function addBand(band: Band, change: Float64Array, to: Float32Array, memory: Float64Array, at: number): void {
  const { share, alpha, beta, gamma } = band;
  let left1 = memory[at] ?? 0;
  let left2 = memory[at + 1] ?? 0;
  let right1 = memory[at + 2] ?? 0;
  let right2 = memory[at + 3] ?? 0;
  for (let i = 0; i < to.length; i += CHANNELS) {
    const left = alpha * (change[i] ?? 0) + gamma * left1 - beta * left2;
    const right = alpha * (change[i + 1] ?? 0) + gamma * right1 - beta * right2;
    left2 = left1;
    left1 = left;
    right2 = right1;
    right1 = right;
    to[i] = (to[i] ?? 0) + share * left;
    to[i + 1] = (to[i + 1] ?? 0) + share * right;
  }
  memory[at] = withoutResidue(left1);
  memory[at + 1] = withoutResidue(left2);
  memory[at + 2] = withoutResidue(right1);
  memory[at + 3] = withoutResidue(right2);
}
