/** Runs what it is given later without changing its order, whatever the delays are. */
export class DelayLine {
  readonly #pending = new Map<NodeJS.Timeout, () => void>();
  #lastDueMs = 0;

  /** Runs at once when there is no delay and nothing waits. */
  run(delayMs: number, task: () => void): void {
    if (delayMs <= 0 && this.#pending.size === 0) {
      task();
      return;
    }
    const now = performance.now();
    this.#lastDueMs = Math.max(this.#lastDueMs, now + delayMs);
    const timer = setTimeout(() => this.#runUntil(timer), Math.ceil(this.#lastDueMs - now));
    this.#pending.set(timer, task);
  }

  /** Forgets what still waits. */
  close(): void {
    for (const timer of this.#pending.keys()) clearTimeout(timer);
    this.#pending.clear();
  }

  // Timers of unequal length may fire in either order when they are due together: older tasks go first.
  #runUntil(due: NodeJS.Timeout): void {
    for (const [timer, task] of this.#pending) {
      clearTimeout(timer);
      this.#pending.delete(timer);
      task();
      if (timer === due) return;
    }
  }
}
