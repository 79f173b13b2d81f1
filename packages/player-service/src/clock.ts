/** Time as the player sees it; tests bring their own. */
export interface Clock {
  /** Milliseconds since 1970, for what people and other machines read; may jump. */
  nowMs(): number;
  /** Runs the task once, after the delay; the result cancels it. */
  schedule(delayMs: number, task: () => void): () => void;
}

/** The clock of the machine. What it schedules never keeps the process alive. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  schedule: (delayMs, task) => {
    const timer = setTimeout(task, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
