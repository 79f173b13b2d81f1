import { LIMITER_DELAY_SAMPLES, limiterStage } from '../filters/limiter.ts';
import { CHANNELS, INTERLEAVED_SAMPLES } from '../frame.ts';
import type { Stage } from './stage.ts';

/** The customary room below full scale: what is encoded and decoded afterwards overshoots a little. */
const CEILING_DB = -1;
const DELAY = LIMITER_DELAY_SAMPLES * CHANNELS;

export interface PeakGuardOptions {
  /** The samples of any frame; it asks for one frame more than it is asked for. */
  readonly read: (index: number, into: Float32Array) => void;
  /** Whether the frame was made louder: what the source itself has above the ceiling is left to it. */
  readonly isActiveAt: (index: number) => boolean;
}

/** Keeps the peaks of a signal below full scale, with the limiter's delay taken out: a frame stays where it was. */
export class PeakGuard {
  readonly #read: PeakGuardOptions['read'];
  readonly #limiter: Stage;
  /** What the limiter gave for the frame `#next`, and for the one after it. */
  #current = new Float32Array(INTERLEAVED_SAMPLES);
  #ahead = new Float32Array(INTERLEAVED_SAMPLES);
  #next: number | undefined;

  constructor({ read, isActiveAt }: PeakGuardOptions) {
    this.#read = read;
    this.#limiter = limiterStage({ ceilingDb: CEILING_DB, isActiveAt });
  }

  process(index: number, into: Float32Array): void {
    if (index !== this.#next) this.#prime(index);
    this.#limit(index + 1, this.#ahead);
    into.set(this.#current.subarray(DELAY));
    into.set(this.#ahead.subarray(0, DELAY), INTERLEAVED_SAMPLES - DELAY);
    this.#advance(index + 1);
  }

  /** Something is different from frame `index` on. */
  invalidate(index: number): void {
    if (this.#next !== undefined && this.#next >= index) this.#next = undefined;
  }

  #prime(index: number): void {
    this.#limiter.reset();
    for (let i = index - (this.#limiter.historyFrames ?? 0); i <= index; i++) this.#limit(i, this.#ahead);
    this.#advance(index);
  }

  #limit(index: number, into: Float32Array): void {
    this.#read(index, into);
    this.#limiter.process(into, index);
  }

  #advance(next: number): void {
    const free = this.#current;
    this.#current = this.#ahead;
    this.#ahead = free;
    this.#next = next;
  }
}
