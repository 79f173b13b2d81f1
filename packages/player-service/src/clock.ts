/** Time as the player sees it; tests bring their own. */
export interface Clock {
  /** Milliseconds since 1970, for what people and other machines read. */
  epochMs(): number;
  /** Runs `fn` once after `ms`; the result cancels it. A pending call never keeps the process alive. */
  after(ms: number, fn: () => void): () => void;
}

export const systemClock: Clock = {
  epochMs: () => Date.now(),
  after: (ms, fn) => {
    const timer = setTimeout(fn, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
