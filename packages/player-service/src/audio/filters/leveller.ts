import { KWeighting } from '../../loudness/meter/k-weighting.ts';
import { CHANNELS, FRAME_SAMPLES, FRAMES_PER_SECOND } from '../frame.ts';
import type { Stage } from '../render/stage.ts';
import { FrameMemory } from './frame-memory.ts';

export interface LevellerOptions {
  readonly targetLufs: number;
}

/** The short-term loudness of EBU R128 looks back so far. */
const WINDOW_FRAMES = 3 * FRAMES_PER_SECOND;
/** Less than this of sound says nothing about how loud it is. */
const FEWEST_FRAMES = 0.4 * FRAMES_PER_SECOND;
/** Pauses and hiss are not to be made loud: below this, and so far below the rest, a frame does not count. */
const GATE_LUFS = -50;
const RELATIVE_GATE_LU = 10;
const MAX_GAIN_DB = 15;
/** So near the target nothing moves. */
const CALM_LU = 1;
/** Slow enough that no phrase is bent; faster down, and at the beginning until the first window is full. */
const UP_DB_PER_FRAME = 1 / FRAMES_PER_SECOND;
const DOWN_DB_PER_FRAME = 4 / FRAMES_PER_SECOND;
const BEGINNING_DB_PER_FRAME = 12 / FRAMES_PER_SECOND;

/**
 * Evens out the loudness of what cannot be measured beforehand: follows the short-term loudness of the input and moves the
 * gain slowly to where it meets the target. One belongs to one playback; it is the memory behind any number of stages.
 */
export class Leveller {
  readonly #targetLufs: number;
  readonly #weightings = [new KWeighting(), new KWeighting()] as const;
  readonly #channel = new Float64Array(FRAME_SAMPLES);
  /** Mean squares of the latest frames after weighting, both channels together. */
  readonly #powers = new Float64Array(WINDOW_FRAMES);
  readonly #gainsDb = new FrameMemory();
  #measured = 0;
  #newest = Number.NEGATIVE_INFINITY;
  #gainDb = 0;

  constructor({ targetLufs }: LevellerOptions) {
    this.#targetLufs = targetLufs;
  }

  /** What it does at present. */
  get gainDb(): number {
    return this.#gainDb;
  }

  /** A stage for the signal as it comes from the source. A frame that is made again gets the gain it had. */
  stage(): Stage {
    return {
      isNeutralAt: () => false,
      process: (samples, frameIndex) => {
        if (frameIndex > this.#newest) this.#follow(samples, frameIndex);
        const to = this.#gainsDb.get(frameIndex) ?? this.#gainDb;
        ramp(samples, factorOf(this.#gainsDb.get(frameIndex - 1) ?? to), factorOf(to));
      },
      reset() {},
    };
  }

  #follow(samples: Float32Array, frameIndex: number): void {
    this.#powers[this.#measured % WINDOW_FRAMES] = this.#powerOf(samples);
    this.#measured++;
    this.#newest = frameIndex;
    const loudness = this.#loudness();
    if (loudness !== undefined) this.#move(this.#targetLufs - loudness);
    this.#gainsDb.set(frameIndex, this.#gainDb);
  }

  #move(wantedDb: number): void {
    const limitedDb = Math.max(-MAX_GAIN_DB, Math.min(MAX_GAIN_DB, wantedDb));
    const missingDb = limitedDb - this.#gainDb;
    const isBeginning = this.#measured < WINDOW_FRAMES;
    if (Math.abs(missingDb) < CALM_LU && !isBeginning) return;
    const up = isBeginning ? BEGINNING_DB_PER_FRAME : UP_DB_PER_FRAME;
    const down = isBeginning ? BEGINNING_DB_PER_FRAME : DOWN_DB_PER_FRAME;
    this.#gainDb += Math.max(-down, Math.min(up, missingDb));
  }

  /** In LUFS, of the frames that count; `undefined` when they are too few. */
  #loudness(): number | undefined {
    const all = this.#meanAbove(powerAt(GATE_LUFS));
    return all === undefined
      ? undefined
      : lufsOf(this.#meanAbove(all * 10 ** (-RELATIVE_GATE_LU / 10)) ?? all);
  }

  #meanAbove(gate: number): number | undefined {
    let sum = 0;
    let count = 0;
    for (let i = 0; i < Math.min(this.#measured, WINDOW_FRAMES); i++) {
      const power = this.#powers[i] ?? 0;
      if (power <= gate) continue;
      sum += power;
      count++;
    }
    return count < FEWEST_FRAMES ? undefined : sum / count;
  }

  #powerOf(samples: Float32Array): number {
    let energy = 0;
    for (let channel = 0; channel < CHANNELS; channel++) {
      for (let i = 0; i < FRAME_SAMPLES; i++) this.#channel[i] = samples[i * CHANNELS + channel] ?? 0;
      energy += this.#weightings[channel as 0 | 1].energy(this.#channel);
    }
    return energy / FRAME_SAMPLES;
  }
}

function ramp(samples: Float32Array, from: number, to: number): void {
  const step = ((to - from) * CHANNELS) / samples.length;
  let factor = from;
  for (let i = 0; i < samples.length; i += CHANNELS) {
    factor += step;
    samples[i] = (samples[i] ?? 0) * factor;
    samples[i + 1] = (samples[i + 1] ?? 0) * factor;
  }
}

/** The constant makes 0 LUFS of a full-scale sine at 1 kHz in one channel −3.01. ITU-R BS.1770-4. */
const OFFSET_LU = -0.691;

function lufsOf(power: number): number {
  return OFFSET_LU + 10 * Math.log10(power);
}

function powerAt(lufs: number): number {
  return 10 ** ((lufs - OFFSET_LU) / 10);
}

function factorOf(db: number): number {
  return 10 ** (db / 20);
}
