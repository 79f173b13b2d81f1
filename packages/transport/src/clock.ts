/** Ends a scheduled task that has not run yet; harmless afterwards. */
export type Cancel = () => void;

/** Time as a dependency. `ManualClock` of test-support has the same shape. */
export interface Clock {
  /** Milliseconds since 1970; may jump. For stamps, never for durations. */
  nowMs(): number;
  /** Milliseconds since an arbitrary start; never goes back. */
  monotonicMs(): number;
  /** Runs the task once, after the delay. */
  schedule(delayMs: number, task: () => void): Cancel;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  schedule(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Rejects with the signal's reason when it aborts first. */
export function sleep(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const cancel = clock.schedule(delayMs, resolve);
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  return promise.finally(() => {
    cancel();
    signal.removeEventListener('abort', onAbort);
  });
}

/** Waits for the work, but no longer than told; never rejects because the time is up. */
export async function atMost(clock: Clock, limitMs: number, work: Promise<void>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = clock.schedule(limitMs, resolve);
  await Promise.race([work, promise]);
  cancel();
}
