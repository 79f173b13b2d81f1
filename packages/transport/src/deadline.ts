import type { Cancel, Clock } from './clock.ts';

/**
 * The end of one wait: aborts at its time, or as soon as one of the outer signals does.
 * Disposing it frees its timer and leaves the outer signals without listeners.
 */
export class Deadline implements Disposable {
  readonly #clock: Clock;
  readonly #atMs: number;
  readonly #controller = new AbortController();
  readonly #cancelTimer: Cancel;
  readonly #outer: readonly AbortSignal[];
  readonly #onOuterAbort = (event: Event) => this.#controller.abort((event.target as AbortSignal).reason);

  constructor(clock: Clock, totalMs: number, reason: () => Error, outer: readonly AbortSignal[]) {
    this.#clock = clock;
    this.#atMs = clock.monotonicMs() + totalMs;
    this.#outer = outer;
    this.#cancelTimer = clock.schedule(totalMs, () => this.#controller.abort(reason()));
    for (const signal of outer) {
      if (signal.aborted) this.#controller.abort(signal.reason);
      else signal.addEventListener('abort', this.#onOuterAbort, { once: true });
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get remainingMs(): number {
    return Math.max(0, this.#atMs - this.#clock.monotonicMs());
  }

  [Symbol.dispose](): void {
    this.#cancelTimer();
    for (const signal of this.#outer) signal.removeEventListener('abort', this.#onOuterAbort);
  }
}
