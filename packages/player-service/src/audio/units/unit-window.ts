import type { PlayerError } from '@bandstand/protocol';
import type { Unit } from './unit.ts';

/**
 * The units of a track between "not forgotten yet" and "read already", by frame index. Whoever fills it waits for
 * `room()`, so that it stays as small as the demand plus one chunk of the source.
 */
export class UnitWindow {
  #units: Unit[] = [];
  #first = 0;
  #demand = 0;
  #isFinished = false;
  #failure: PlayerError | undefined;
  #wake: (() => void) | undefined;

  /** One past the newest unit. Once finished, the length of the track from where it was opened. */
  get end(): number {
    return this.#first + this.#units.length;
  }

  /** No unit will come any more. */
  get isFinished(): boolean {
    return this.#isFinished;
  }

  /** Why it finished before the end of the track. */
  get failure(): PlayerError | undefined {
    return this.#failure;
  }

  /** Whether someone waits for units that are not here. */
  get isStarving(): boolean {
    return !this.#isFinished && this.end < this.#demand;
  }

  /**
   * What comes right before the beginning, where a decoder that begins there begins: it is found at negative indexes, and
   * counts as no part of the track. Before anything else.
   */
  leadIn(units: readonly Unit[]): void {
    if (this.end !== 0 || this.#units.length > 0) throw new Error('bug: a lead-in after the beginning');
    this.#units = [...units];
    this.#first = -units.length;
  }

  /** @returns `undefined` before the beginning, after the end, and for what was forgotten or is still to come. */
  at(index: number): Unit | undefined {
    return this.#units[index - this.#first];
  }

  /** Whether `at(index)` says all there will ever be to say. */
  isSettled(index: number): boolean {
    return index < this.end || this.#isFinished;
  }

  push(units: readonly Unit[]): void {
    for (const unit of units) this.#units.push(unit);
  }

  finish(failure?: PlayerError): void {
    this.#isFinished = true;
    this.#failure = failure;
  }

  /** Units up to (not including) `index` are wanted now. */
  demand(index: number): void {
    this.#demand = Math.max(this.#demand, index);
    if (this.end < this.#demand) this.#release();
  }

  /** Units before `index` are not needed again. */
  forget(index: number): void {
    const count = Math.min(index - this.#first, this.#units.length);
    if (count <= 0) return;
    this.#units.splice(0, count);
    this.#first += count;
  }

  /** Resolves once more units are wanted. One waiter at a time. */
  room(signal: AbortSignal): Promise<void> {
    if (this.end < this.#demand || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const release = () => {
        signal.removeEventListener('abort', release);
        resolve();
      };
      signal.addEventListener('abort', release, { once: true });
      this.#wake = release;
    });
  }

  #release(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
