/** A block is 400 ms and begins every 100 ms: four steps. */
const STEPS_PER_BLOCK = 4;
const ABSOLUTE_GATE_LUFS = -70;
const RELATIVE_GATE_LU = -10;
/** What a full-scale sine of 997 Hz on one channel is to read: −3.01. */
const OFFSET_DB = -0.691;

/** Integrated loudness: blocks of silence do not count, nor those far quieter than the rest. ITU-R BS.1770-4, annex 1, §2. */
export class GatedLoudness {
  /** Mean square of each block above the absolute gate. */
  #blocks = new Float64Array(1_024);
  #count = 0;
  readonly #recent: number[] = [];

  /** @param meanSquare - Of 100 ms, weighted, the channels added up. */
  addStep(meanSquare: number): void {
    this.#recent.push(meanSquare);
    if (this.#recent.length < STEPS_PER_BLOCK) return;
    const block = this.#recent.reduce((sum, step) => sum + step, 0) / STEPS_PER_BLOCK;
    this.#recent.shift();
    if (lufs(block) >= ABSOLUTE_GATE_LUFS) this.#keep(block);
  }

  /** `undefined` when nothing was loud enough to count, or long enough to measure. */
  get integratedLufs(): number | undefined {
    if (this.#count === 0) return undefined;
    const blocks = this.#blocks.subarray(0, this.#count);
    const gate = lufs(mean(blocks)) + RELATIVE_GATE_LU;
    return lufs(mean(blocks.filter((block) => lufs(block) >= gate)));
  }

  #keep(block: number): void {
    if (this.#count === this.#blocks.length) {
      const larger = new Float64Array(this.#blocks.length * 2);
      larger.set(this.#blocks);
      this.#blocks = larger;
    }
    this.#blocks[this.#count++] = block;
  }
}

function lufs(meanSquare: number): number {
  return OFFSET_DB + 10 * Math.log10(meanSquare);
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
