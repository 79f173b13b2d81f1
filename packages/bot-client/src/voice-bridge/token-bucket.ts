export interface TokenBucketOptions {
  readonly capacity: number;
  /** Milliseconds for an empty bucket to become full. */
  readonly refillMs: number;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}

/** Lets through `capacity` at once and as many again per `refillMs`. */
export class TokenBucket {
  readonly #options: TokenBucketOptions;
  #tokens: number;
  #countedAtMs: number;

  constructor(options: TokenBucketOptions) {
    this.#options = options;
    this.#tokens = options.capacity;
    this.#countedAtMs = options.now();
  }

  /** @returns 0 when a token was taken, otherwise the milliseconds until there is one. */
  take(): number {
    const { capacity, refillMs, now } = this.#options;
    const at = now();
    const perMs = capacity / refillMs;
    this.#tokens = Math.min(capacity, this.#tokens + (at - this.#countedAtMs) * perMs);
    this.#countedAtMs = at;
    if (this.#tokens < 1) return Math.ceil((1 - this.#tokens) / perMs);
    this.#tokens -= 1;
    return 0;
  }

  /** The token was not used. */
  giveBack(): void {
    this.#tokens = Math.min(this.#options.capacity, this.#tokens + 1);
  }
}
