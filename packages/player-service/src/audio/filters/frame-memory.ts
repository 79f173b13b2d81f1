/** Frames that may have to be made again: more than any ring of frames holds ahead. */
const FRAMES = 512;

/**
 * A number kept for each of the latest frames. What adapts slowly cannot be rebuilt from a few frames of history: when a
 * frame is made again, it goes on from what it was when the frame was made first.
 */
export class FrameMemory {
  readonly #values = new Float64Array(FRAMES);
  readonly #frames = new Float64Array(FRAMES).fill(Number.NaN);

  set(frameIndex: number, value: number): void {
    const slot = slotOf(frameIndex);
    this.#values[slot] = value;
    this.#frames[slot] = frameIndex;
  }

  get(frameIndex: number): number | undefined {
    const slot = slotOf(frameIndex);
    return this.#frames[slot] === frameIndex ? this.#values[slot] : undefined;
  }
}

/** Frames before the first have negative indices. */
function slotOf(frameIndex: number): number {
  return ((frameIndex % FRAMES) + FRAMES) % FRAMES;
}
