import { CHANNELS, FRAME_SAMPLES } from '../frame.ts';
import { InputWindow, type ReadSamples } from './input-window.ts';

/** Samples on each side that one sample is made of, at speed 1 or below; above, as many more as the sound is faster. */
const REACH = 16;
/** Points between two samples that weights are kept for; they are interpolated in between. */
const PHASES = 256;
/** The pass band ends here, as a share of what the slower of both rates can hold: 20 kHz at speed 1. */
const PASS_BAND = 0.92;
/** Shape of the Kaiser window: what is folded back lies 80 dB below. */
const BETA = 8;
const MAX_SPEED = 4;

/**
 * Plays a track faster or slower as a tape does: tempo and pitch together. A sinc under a Kaiser window; at speed 1, and from
 * a whole sample on, every sample as it is.
 */
export class Resampler {
  readonly #window = new InputWindow(FRAME_SAMPLES * MAX_SPEED + 2 * reachAt(MAX_SPEED) + 1);
  #weights: Float32Array = new Float32Array(0);
  #weightsFor: number | undefined;
  #speed = 1;
  /** Where in the track the next sample lies. */
  #position = 0;

  begin(speed: number, position: number): void {
    if (!(speed > 0 && speed <= MAX_SPEED)) throw new RangeError(`bug: a speed of ${speed}`);
    if (this.#weightsFor !== speed) this.#weights = weightsAt(speed);
    this.#weightsFor = speed;
    this.#speed = speed;
    this.#position = position;
    this.#window.begin(Math.floor(position) - reachAt(speed) + 1);
  }

  pull(read: ReadSamples, into: Float32Array): void {
    const speed = this.#speed;
    const reach = reachAt(speed);
    const position = this.#position;
    const count = into.length / CHANNELS;
    const from = Math.floor(position) - reach + 1;
    const end = Math.floor(position + (count - 1) * speed) + reach + 1;
    const samples = this.#window.move(from, end, read);
    this.#position = position + count * speed;
    if (speed === 1 && Number.isInteger(position)) {
      into.set(samples.subarray((reach - 1) * CHANNELS, (reach - 1 + count) * CHANNELS));
      return;
    }
    for (let i = 0; i < count; i++) {
      const at = position + i * speed;
      const whole = Math.floor(at);
      weigh(samples, whole - reach + 1 - from, this.#weights, 2 * reach, at - whole, into, i);
    }
  }
}

/**
 * One sample of both channels, from `taps` samples of them, the first at `first`. Two at a time, into two sums: each would
 * else wait for the one before.
 */
function weigh(
  samples: Float32Array,
  first: number,
  weights: Float32Array,
  taps: number,
  fraction: number,
  into: Float32Array,
  index: number,
): void {
  const phase = Math.floor(fraction * PHASES);
  const part = fraction * PHASES - phase;
  let [left, right, otherLeft, otherRight] = [0, 0, 0, 0];
  let at = first * CHANNELS;
  for (let i = phase * taps; i < (phase + 1) * taps; i += 2) {
    const low = weights[i] as number;
    const weight = low + ((weights[i + taps] as number) - low) * part;
    const otherLow = weights[i + 1] as number;
    const otherWeight = otherLow + ((weights[i + taps + 1] as number) - otherLow) * part;
    left += (samples[at] as number) * weight;
    right += (samples[at + 1] as number) * weight;
    otherLeft += (samples[at + 2] as number) * otherWeight;
    otherRight += (samples[at + 3] as number) * otherWeight;
    at += 2 * CHANNELS;
  }
  into[index * CHANNELS] = left + otherLeft;
  into[index * CHANNELS + 1] = right + otherRight;
}

/** Samples before the position that are read to begin there. */
export function resampledBehind(speed: number): number {
  return reachAt(speed) - 1;
}

/** Samples after the position that are read to make so many samples. */
export function resampledAhead(speed: number, samples: number): number {
  return Math.ceil(samples * speed) + reachAt(speed) + 1;
}

/** Samples on each side that one sample is made of. */
function reachAt(speed: number): number {
  return Math.ceil(REACH * Math.max(1, speed));
}

/** A row for each phase and one more, so that there always is a next. The sum of a row is 1: silence and hum keep their level. */
function weightsAt(speed: number): Float32Array {
  const reach = reachAt(speed);
  const taps = 2 * reach;
  const band = PASS_BAND / Math.max(1, speed);
  const weights = new Float32Array((PHASES + 1) * taps);
  for (let phase = 0; phase <= PHASES; phase++) {
    const row = Array.from({ length: taps }, (_, tap) => {
      const distance = tap - reach + 1 - phase / PHASES;
      return sinc(band * distance) * kaiser(distance / reach);
    });
    const sum = row.reduce((total, weight) => total + weight, 0);
    for (const [tap, weight] of row.entries()) weights[phase * taps + tap] = weight / sum;
  }
  return weights;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function kaiser(x: number): number {
  return Math.abs(x) >= 1 ? 0 : bessel(BETA * Math.sqrt(1 - x * x)) / bessel(BETA);
}

/** The modified Bessel function of order 0, by its power series. */
function bessel(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > 1e-12 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
