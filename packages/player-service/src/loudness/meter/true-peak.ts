/**
 * Two of the four phases of the interpolator of ITU-R BS.1770-4, annex 2; the other two are these backwards. They give the
 * signal between two samples, which may be higher than either.
 */
const FIRST_PHASE = Float64Array.of(
  0.001708984375,
  0.010986328125,
  -0.0196533203125,
  0.033203125,
  -0.0594482421875,
  0.1373291015625,
  0.97216796875,
  -0.102294921875,
  0.047607421875,
  -0.026611328125,
  0.014892578125,
  -0.00830078125,
);
const SECOND_PHASE = Float64Array.of(
  -0.0291748046875,
  0.029296875,
  -0.0517578125,
  0.089111328125,
  -0.16650390625,
  0.465087890625,
  0.77978515625,
  -0.2003173828125,
  0.1015625,
  -0.0582275390625,
  0.0330810546875,
  -0.0189208984375,
);
const TAPS = FIRST_PHASE.length;
/** No value between samples is higher than so many times the highest sample around it. */
const MOST = Math.max(absoluteSum(FIRST_PHASE), absoluteSum(SECOND_PHASE));
/** Samples that are looked at together, to see whether there may be a higher peak than the highest so far. */
const STRETCH = 8;

/** The highest level a channel reaches, between its samples too. */
export class TruePeak {
  /** The samples to look at behind the last ones of before. */
  #window = new Float64Array(0);
  #highest = 0;

  /** 1 is full scale. */
  get highest(): number {
    return this.#highest;
  }

  /** @param samples - At 48 kHz, the next ones of the channel; always as many. */
  push(samples: Float64Array): void {
    if (this.#window.length === 0) this.#window = new Float64Array(TAPS - 1 + samples.length);
    const window = this.#window;
    window.set(samples, TAPS - 1);
    for (let start = 0; start < samples.length; start += STRETCH) {
      const end = Math.min(start + STRETCH, samples.length);
      if (highestOf(window, start, end + TAPS - 1) * MOST > this.#highest) this.#interpolate(start, end);
    }
    window.copyWithin(0, samples.length);
  }

  #interpolate(start: number, end: number): void {
    const window = this.#window;
    for (let at = start; at < end; at++) {
      let [first, second, third, fourth] = [0, 0, 0, 0];
      for (let tap = 0; tap < TAPS; tap++) {
        const sample = window[at + tap] as number;
        first += sample * (FIRST_PHASE[tap] as number);
        second += sample * (SECOND_PHASE[tap] as number);
        third += sample * (SECOND_PHASE[TAPS - 1 - tap] as number);
        fourth += sample * (FIRST_PHASE[TAPS - 1 - tap] as number);
      }
      const highest = Math.max(Math.abs(first), Math.abs(second), Math.abs(third), Math.abs(fourth));
      if (highest > this.#highest) this.#highest = highest;
    }
  }
}

function highestOf(samples: Float64Array, start: number, end: number): number {
  let highest = 0;
  for (let i = start; i < end; i++) {
    const level = Math.abs(samples[i] as number);
    if (level > highest) highest = level;
  }
  return highest;
}

function absoluteSum(taps: Float64Array): number {
  return taps.reduce((sum, tap) => sum + Math.abs(tap), 0);
}
