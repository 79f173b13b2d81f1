/**
 * The frames of one playback that wait to be taken, by index. A frame may be replaced as long as it was not taken:
 * the one made last wins, and the one before serves until then.
 */
export class FrameRing {
  readonly #slots: (Buffer | undefined)[];
  #taken = 0;
  #end = 0;

  constructor(capacity: number) {
    this.#slots = new Array<Buffer | undefined>(capacity).fill(undefined);
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
  put(index: number, frame: Buffer): void {
    if (index < this.#taken) return;
    if (index > this.#end || index >= this.#taken + this.#slots.length) {
      throw new Error(`bug: frame ${index} put into a ring that holds ${this.#taken} to ${this.#end}`);
    }
    this.#slots[index % this.#slots.length] = frame;
    if (index === this.#end) this.#end++;
  }

  take(): Buffer | undefined {
    if (this.#taken === this.#end) return undefined;
    const slot = this.#taken % this.#slots.length;
    const frame = this.#slots[slot];
    this.#slots[slot] = undefined;
    this.#taken++;
    return frame;
  }

  /** The next frame is over without having been taken, whether it is there or not. */
  skip(): void {
    this.#slots[this.#taken % this.#slots.length] = undefined;
    this.#taken++;
    this.#end = Math.max(this.#end, this.#taken);
  }

  clear(): void {
    this.#slots.fill(undefined);
    this.#end = this.#taken;
  }
}
