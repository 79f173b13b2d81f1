export interface RateLimitOptions {
  readonly limit: number;
  readonly windowMs: number;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}

/** More keys than this at once are an attack or a leak; the oldest go first. */
const MAX_KEYS = 50_000;

/** Counts what each key did within a sliding window. */
export class RateLimit {
  readonly #options: RateLimitOptions;
  /** Times of what was let through, oldest first; keys in the order of their last use. */
  readonly #taken = new Map<string, number[]>();

  constructor(options: RateLimitOptions) {
    this.#options = options;
  }

  /** @returns 0 when it is let through (and counted), otherwise the milliseconds until it would be. */
  take(key: string): number {
    const { limit, windowMs, now } = this.#options;
    const at = now();
    const recent = (this.#taken.get(key) ?? []).filter((time) => at - time < windowMs);
    const oldest = recent[0];
    const waitMs = recent.length < limit || oldest === undefined ? 0 : oldest + windowMs - at;
    if (waitMs === 0) recent.push(at);
    this.#taken.delete(key);
    this.#taken.set(key, recent);
    this.#trim(at);
    return waitMs;
  }

  #trim(at: number): void {
    for (const [key, times] of this.#taken) {
      const last = times.at(-1);
      if (this.#taken.size <= MAX_KEYS && last !== undefined && at - last < this.#options.windowMs) return;
      this.#taken.delete(key);
    }
  }
}
