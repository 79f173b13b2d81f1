/** A second-order filter, normalised so that a0 = 1. */
interface Biquad {
  readonly b0: number;
  readonly b1: number;
  readonly b2: number;
  readonly a1: number;
  readonly a2: number;
}

/** What the head does to sound: a shelf of 4 dB above about 1.7 kHz. ITU-R BS.1770-4, table 1, for 48 kHz. */
const SHELF: Biquad = {
  b0: 1.53512485958697,
  b1: -2.69169618940638,
  b2: 1.19839281085285,
  a1: -1.69065929318241,
  a2: 0.73248077421585,
};
/** How little the lows count: a high pass at about 38 Hz. ITU-R BS.1770-4, table 2, for 48 kHz; its b are 1, −2, 1. */
const HIGH_PASS = { a1: -1.99004745483398, a2: 0.99007225036621 };
/** −400 dB: what is left of a sound long gone. Below 1e-308 each step would take a hundred times as long. */
const NOTHING = 1e-20;

/** The frequency weighting of loudness on one channel. @see https://www.itu.int/rec/R-REC-BS.1770 */
export class KWeighting {
  #shelf1 = 0;
  #shelf2 = 0;
  #high1 = 0;
  #high2 = 0;

  /** @param samples - At 48 kHz, the next ones of the channel. @returns The sum of the squares of the weighted samples. */
  energy(samples: Float64Array): number {
    let [shelf1, shelf2, high1, high2, sum] = [this.#shelf1, this.#shelf2, this.#high1, this.#high2, 0];
    for (let i = 0; i < samples.length; i++) {
      const sample = samples[i] as number;
      const shelved = SHELF.b0 * sample + shelf1;
      shelf1 = SHELF.b1 * sample - SHELF.a1 * shelved + shelf2;
      shelf2 = SHELF.b2 * sample - SHELF.a2 * shelved;
      const weighted = shelved + high1;
      high1 = -2 * shelved - HIGH_PASS.a1 * weighted + high2;
      high2 = shelved - HIGH_PASS.a2 * weighted;
      sum += weighted * weighted;
    }
    this.#shelf1 = orNothing(shelf1);
    this.#shelf2 = orNothing(shelf2);
    this.#high1 = orNothing(high1);
    this.#high2 = orNothing(high2);
    return sum;
  }
}

function orNothing(value: number): number {
  return Math.abs(value) < NOTHING ? 0 : value;
}
