import type { Clock } from '../clock.ts';

/** Runs out once after a reason to leave has lasted long enough; `null` means to stay. */
export class DepartureTimer {
  readonly #clock: Clock;
  readonly #afterMs: number | null;
  readonly #leave: () => void;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, afterMs: number | null, leave: () => void) {
    this.#clock = clock;
    this.#afterMs = afterMs;
    this.#leave = leave;
  }

  get afterMs(): number | null {
    return this.#afterMs;
  }

  /** Starts, stops or lets it run on, as the reason begins, ends or lasts. */
  set(reasonToLeave: boolean): void {
    if (!reasonToLeave) {
      this.#cancel?.();
      this.#cancel = undefined;
      return;
    }
    if (this.#afterMs === null || this.#cancel !== undefined) return;
    this.#cancel = this.#clock.schedule(this.#afterMs, () => {
      this.#cancel = undefined;
      this.#leave();
    });
  }
}
