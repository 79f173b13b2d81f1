/** Monotonic time as voice needs it; a test brings a clock that stands still. */
export interface VoiceClock {
  /** Milliseconds since an arbitrary start; never goes back, whoever sets the wall clock. */
  monotonicMs(): number;
  /** Runs the task once, after the delay; the result cancels it. */
  schedule(delayMs: number, task: () => void): () => void;
}

export const systemVoiceClock: VoiceClock = {
  monotonicMs: () => performance.now(),
  schedule(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
};
