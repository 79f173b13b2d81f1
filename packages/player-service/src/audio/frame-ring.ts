import type { BatchedFrame } from './thread/frame-batch.ts';

/**
 * The frames of one playback that wait to be taken, by index. A frame may be replaced as long as it was not taken:
 * the one made last wins, and the one before serves until then.
 *
 * A frame becomes an object of its own when it is taken: as one that waits for a second it would be old to the garbage
 * collector, which then holds up the thread that sends for what is copied from young to old.
 */
export class FrameRing {
  readonly #batches: (Buffer | undefined)[];
  readonly #begins: Int32Array;
  readonly #ends: Int32Array;
  #taken = 0;
  #end = 0;

  constructor(capacity: number) {
    this.#batches = new Array<Buffer | undefined>(capacity).fill(undefined);
    this.#begins = new Int32Array(capacity);
    this.#ends = new Int32Array(capacity);
  }

  /** How many frames were taken since the beginning: the index of the next one. */
  get taken(): number {
    return this.#taken;
  }

  /** One past the newest frame. */
  get end(): number {
    return this.#end;
  }

  get size(): number {
    return this.#end - this.#taken;
  }

  /** What was taken already stays as it was heard. */
  put(index: number, { batch, begin, end }: BatchedFrame): void {
    if (index < this.#taken) return;
    if (index > this.#end || index >= this.#taken + this.#batches.length) {
      throw new Error(`bug: frame ${index} put into a ring that holds ${this.#taken} to ${this.#end}`);
    }
    const slot = index % this.#batches.length;
    this.#batches[slot] = batch;
    this.#begins[slot] = begin;
    this.#ends[slot] = end;
    if (index === this.#end) this.#end++;
  }

  take(): Buffer | undefined {
    if (this.#taken === this.#end) return undefined;
    const slot = this.#taken % this.#batches.length;
    const batch = this.#batches[slot];
    this.#batches[slot] = undefined;
    this.#taken++;
    return batch?.subarray(this.#begins[slot], this.#ends[slot]);
  }

  /** The next frame is over without having been taken, whether it is there or not. */
  skip(): void {
    this.#batches[this.#taken % this.#batches.length] = undefined;
    this.#taken++;
    this.#end = Math.max(this.#end, this.#taken);
  }

  clear(): void {
    this.#batches.fill(undefined);
    this.#end = this.#taken;
  }
}
