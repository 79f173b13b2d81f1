import type { Cancel, Clock } from '../clock.ts';

/** `suspect`: nothing heard for 3 s, or not yet; `down`: for 10 s. */
export type PlayerAvailability = 'up' | 'suspect' | 'down';

const SUSPECT_MS = 3_000;
const DOWN_MS = 10_000;
/** A timer this late means that this process stood still: what the player sent meanwhile is still to be read. */
const OVERSLEPT_MS = 1_000;

/** Judges by the player's signs of life whether it is there. */
export class Availability {
  readonly #clock: Clock;
  readonly #onChange: (next: PlayerAvailability, previous: PlayerAvailability) => void;
  #status: PlayerAvailability = 'suspect';
  #heardAtMs: number;
  #cancel: Cancel;

  constructor(clock: Clock, onChange: (next: PlayerAvailability, previous: PlayerAvailability) => void) {
    this.#clock = clock;
    this.#onChange = onChange;
    this.#heardAtMs = clock.monotonicMs();
    this.#cancel = this.#wake(DOWN_MS);
  }

  get status(): PlayerAvailability {
    return this.#status;
  }

  /** Whatever came from the player proves that its event loop runs. */
  heard(): void {
    this.#heardAtMs = this.#clock.monotonicMs();
    if (this.#status === 'up') return; // the running timer looks again by itself
    this.#cancel();
    this.#cancel = this.#wake(SUSPECT_MS);
    this.#become('up');
  }

  close(): void {
    this.#cancel();
  }

  #wake(delayMs: number): Cancel {
    const dueMs = this.#clock.monotonicMs() + delayMs;
    return this.#clock.schedule(delayMs, () => {
      const hasOverslept = this.#clock.monotonicMs() - dueMs > OVERSLEPT_MS;
      if (hasOverslept) this.#cancel = this.#wake(OVERSLEPT_MS);
      else this.#judge();
    });
  }

  #judge(): void {
    const silentMs = this.#clock.monotonicMs() - this.#heardAtMs;
    if (silentMs >= DOWN_MS) {
      this.#become('down');
      return;
    }
    const isSuspect = silentMs >= SUSPECT_MS || this.#status !== 'up';
    this.#cancel = this.#wake((isSuspect ? DOWN_MS : SUSPECT_MS) - silentMs);
    if (isSuspect) this.#become('suspect');
  }

  #become(next: PlayerAvailability): void {
    const previous = this.#status;
    if (next === previous) return;
    this.#status = next;
    this.#onChange(next, previous);
  }
}
