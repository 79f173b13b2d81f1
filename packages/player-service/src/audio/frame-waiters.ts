export interface FramesThere {
  readonly frames: number;
  /** Whether no more will come, … */
  readonly isComplete: boolean;
  /** … and why, if there should have been more. */
  readonly failure: Error | undefined;
}

/** Those who wait until so many frames are there. */
export class FrameWaiters {
  readonly #waiting = new Set<{ readonly minFrames: number } & PromiseWithResolvers<void>>();

  /** Resolves once so many are there, or all that will ever be; rejects with why there will be no more. */
  add(minFrames: number): Promise<void> {
    const waiter = { minFrames, ...Promise.withResolvers<void>() };
    this.#waiting.add(waiter);
    return waiter.promise;
  }

  settle({ frames, isComplete, failure }: FramesThere): void {
    for (const waiter of this.#waiting) {
      if (frames < waiter.minFrames && !isComplete) continue;
      if (frames >= waiter.minFrames || failure === undefined) waiter.resolve();
      else waiter.reject(failure);
      this.#waiting.delete(waiter);
    }
  }

  reject(reason: Error): void {
    for (const waiter of this.#waiting) waiter.reject(reason);
    this.#waiting.clear();
  }
}
