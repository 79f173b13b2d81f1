export interface StallWatchOptions {
  readonly firstMs: number;
  readonly laterMs: number;
  /** Whether progress is expected now; while it is not, no time passes. */
  readonly isWaiting: () => boolean;
  readonly onStall: (waitedMs: number) => void;
}

/** Notices a source that sends nothing, or next to nothing, while someone waits for it. */
export class StallWatch {
  readonly #options: StallWatchOptions;
  readonly #timer: NodeJS.Timeout;
  #allowedMs: number;
  #since = performance.now();

  constructor(options: StallWatchOptions) {
    this.#options = options;
    this.#allowedMs = options.firstMs;
    const periodMs = Math.max(20, Math.min(options.firstMs, options.laterMs) / 10);
    this.#timer = setInterval(() => this.#check(), periodMs).unref();
  }

  /** A frame came. */
  progress(): void {
    this.#allowedMs = this.#options.laterMs;
    this.#since = performance.now();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #check(): void {
    const now = performance.now();
    if (!this.#options.isWaiting()) {
      this.#since = now;
      return;
    }
    const waitedMs = now - this.#since;
    if (waitedMs < this.#allowedMs) return;
    this.stop();
    this.#options.onStall(Math.round(waitedMs));
  }
}
