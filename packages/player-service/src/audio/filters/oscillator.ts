import { FRAME_SAMPLES, SAMPLE_RATE_HZ } from '../frame.ts';

/**
 * A sine whose phase is a function of the frame index: whoever renders a frame again, or begins in the middle, gets the
 * same swing. Between the beginnings of frames it turns by complex multiplication, one per sample.
 */
export class Oscillator {
  /** The sine at the present sample. */
  sine = 0;
  #cosine = 1;
  readonly #frequencyHz: number;
  readonly #turnSine: number;
  readonly #turnCosine: number;

  constructor(frequencyHz: number) {
    this.#frequencyHz = frequencyHz;
    const turn = (2 * Math.PI * frequencyHz) / SAMPLE_RATE_HZ;
    this.#turnSine = Math.sin(turn);
    this.#turnCosine = Math.cos(turn);
  }

  /** Goes to the first sample of a frame. */
  toFrame(frameIndex: number): void {
    const turns = (frameIndex * FRAME_SAMPLES * this.#frequencyHz) / SAMPLE_RATE_HZ;
    const phase = 2 * Math.PI * (turns % 1);
    this.sine = Math.sin(phase);
    this.#cosine = Math.cos(phase);
  }

  /** Goes one sample on. */
  advance(): void {
    const sine = this.sine;
    this.sine = sine * this.#turnCosine + this.#cosine * this.#turnSine;
    this.#cosine = this.#cosine * this.#turnCosine - sine * this.#turnSine;
  }
}
