import { CHANNELS, FRAME_SAMPLES, SAMPLE_RATE_HZ } from '../frame.ts';
import type { Stage } from '../render/stage.ts';
import { peakBetween, REACH } from './between-samples.ts';
import { FrameMemory } from './frame-memory.ts';

export interface LimiterOptions {
  /** The highest level that is let through, between samples too. */
  readonly ceilingDb: number;
  /** Where it must not limit, because nothing before it made the signal louder. Left out: nowhere. */
  readonly isActiveAt?: (frameIndex: number) => boolean;
}

/** The gain takes so long to come down, and is down when the peak arrives. */
const ATTACK_SAMPLES = 66;
/** By how many samples per channel what comes out lags behind what goes in: whoever uses it must read that much ahead. */
export const LIMITER_DELAY_SAMPLES = ATTACK_SAMPLES + REACH;

/** The gain of a sample is the mean of the envelope over the attack and itself: that bends a step into a ramp. */
const MEAN_SAMPLES = ATTACK_SAMPLES + 1;
/** So long the envelope stays down after a peak; a peak between two samples concerns both. */
const HOLD_SAMPLES = MEAN_SAMPLES + 1;
const RELEASE_MS = 80;
const RELEASE = 1 - Math.exp(-1_000 / (RELEASE_MS * SAMPLE_RATE_HZ));
/** During the attack of a later peak the envelope could rise by this share of what is missing; a peak that near holds it. */
const NEARLY = 1 - (1 - RELEASE) ** HOLD_SAMPLES;
/** A gain nearer to 1 is none: −0.0001 dB. */
const NO_LIMITING = 1 - 1e-5;
/** No peak between samples is so much higher than both its neighbours, but for signals made to prove the contrary. */
const LOWEST_NEIGHBOUR = 0.6;

/** Samples from before that a frame needs. */
const HISTORY = LIMITER_DELAY_SAMPLES + REACH;
/** The first and the last sample of the line whose surroundings became known with the frame. */
const FIRST_NEW = HISTORY - REACH;
const LAST_NEW = FIRST_NEW + FRAME_SAMPLES - 1;

/**
 * Holds the signal below a ceiling, peaks between the samples included. Both channels get the same gain. It sees a peak
 * 1.5 ms before it comes and bends the gain down to it along a ramp, holds it, and lets it rise again slowly, so nothing
 * clicks. It looks at four points per sample, which may miss a crest at 12 kHz by 0.17 dB. What stays below the ceiling comes out unchanged to the bit, and late by `LIMITER_DELAY_SAMPLES` like all else.
 */
export function limiterStage({ ceilingDb, isActiveAt = () => true }: LimiterOptions): Stage {
  return new Limiter(10 ** (ceilingDb / 20), isActiveAt);
}

class Limiter implements Stage {
  /** For the delay; the gain is remembered by frame. */
  readonly historyFrames = 1;
  readonly #ceiling: number;
  readonly #isActiveAt: (frameIndex: number) => boolean;
  /** `HISTORY` samples from before, then the frame. */
  readonly #line = new Float32Array((HISTORY + FRAME_SAMPLES) * CHANNELS);
  /** The highest gain allowed at each sample of the line, up to `LAST_NEW`. */
  readonly #envelope = new Float64Array(HISTORY + FRAME_SAMPLES).fill(1);
  readonly #remembered = new FrameMemory();
  #hold = 0;
  #isFresh = true;

  constructor(ceiling: number, isActiveAt: (frameIndex: number) => boolean) {
    this.#ceiling = ceiling;
    this.#isActiveAt = isActiveAt;
  }

  isNeutralAt(): boolean {
    return false;
  }

  process(samples: Float32Array, frameIndex: number): void {
    const envelope = this.#envelope;
    if (this.#isFresh) envelope.fill(this.#remembered.get(frameIndex - 1) ?? 1);
    this.#isFresh = false;
    this.#line.copyWithin(0, FRAME_SAMPLES * CHANNELS);
    this.#line.set(samples, HISTORY * CHANNELS);
    envelope.copyWithin(0, FRAME_SAMPLES);
    const isQuiet = !this.#isActiveAt(frameIndex) || this.#highest() <= this.#ceiling * LOWEST_NEIGHBOUR;
    if (isQuiet && envelope[FIRST_NEW - 1] === 1) envelope.fill(1, FIRST_NEW);
    else this.#follow(isQuiet);
    this.#remembered.set(frameIndex, envelope[LAST_NEW] ?? 1);
    this.#apply(samples);
  }

  reset(): void {
    this.#line.fill(0);
    this.#hold = 0;
    this.#isFresh = true;
  }

  /** The highest sample of what is new. */
  #highest(): number {
    const line = this.#line;
    let highest = 0;
    for (let i = FIRST_NEW * CHANNELS; i < line.length; i++) {
      const level = Math.abs(line[i] ?? 0);
      if (level > highest) highest = level;
    }
    return highest;
  }

  /** Brings the envelope up to `LAST_NEW`: down at once, held, and back slowly. */
  #follow(isQuiet: boolean): void {
    const envelope = this.#envelope;
    let gain = envelope[FIRST_NEW - 1] ?? 1;
    let hold = this.#hold;
    for (let at = FIRST_NEW; at <= LAST_NEW; at++) {
      const matters = gain + (1 - gain) * NEARLY;
      const allowed = isQuiet ? 1 : this.#allowedAt(at, matters);
      if (allowed < 1 && allowed <= matters) {
        if (allowed < gain) gain = allowed;
        hold = HOLD_SAMPLES;
      } else if (hold > 0) hold--;
      else if (gain < NO_LIMITING) gain += (1 - gain) * RELEASE;
      else gain = 1;
      envelope[at] = gain;
    }
    this.#hold = hold;
  }

  /** The gain that brings a sample, and the way to the next, to the ceiling; 1 where it would be more than `matters`. */
  #allowedAt(at: number, matters: number): number {
    const line = this.#line;
    const ceiling = this.#ceiling;
    const lowest = (ceiling * LOWEST_NEIGHBOUR) / matters;
    let allowed = 1;
    for (let i = at * CHANNELS; i < (at + 1) * CHANNELS; i++) {
      const level = Math.abs(line[i] ?? 0);
      const next = Math.abs(line[i + CHANNELS] ?? 0);
      if (level <= lowest && next <= lowest) continue;
      const before = Math.abs(line[i - CHANNELS] ?? 0);
      const after = Math.abs(line[i + 2 * CHANNELS] ?? 0);
      // On its way up or down it has no crest here; the higher of the two samples is looked at by itself.
      const isSlope = level < next ? before < level && next < after : before > level && next > after;
      const peak = isSlope ? level : Math.max(level, peakBetween(line, i, CHANNELS));
      if (peak * allowed > ceiling) allowed = ceiling / peak;
    }
    return allowed;
  }

  /** Gives out the line, late, under the mean of the envelope. */
  #apply(samples: Float32Array): void {
    const line = this.#line;
    const envelope = this.#envelope;
    let sum = 0;
    for (let i = REACH; i < REACH + ATTACK_SAMPLES; i++) sum += envelope[i] ?? 1;
    for (let i = 0; i < FRAME_SAMPLES; i++) {
      const at = i + REACH;
      sum += envelope[at + ATTACK_SAMPLES] ?? 1;
      const gain = sum / MEAN_SAMPLES;
      sum -= envelope[at] ?? 1;
      for (let channel = 0; channel < CHANNELS; channel++) {
        samples[i * CHANNELS + channel] = (line[at * CHANNELS + channel] ?? 0) * gain;
      }
    }
  }
}
