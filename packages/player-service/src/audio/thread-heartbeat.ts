export interface ThreadHeartbeatOptions {
  readonly periodMs: number;
  /** Beats in a row without an answer that make a thread a hung one. */
  readonly maxMissed: number;
  readonly beat: () => void;
  readonly onHung: () => void;
}

/**
 * Notices a thread that lives but does nothing any more. Beats are counted, not time: when the whole process was frozen,
 * the thread gets the same chance to answer as ever.
 */
export class ThreadHeartbeat {
  readonly #options: ThreadHeartbeatOptions;
  readonly #timer: NodeJS.Timeout;
  #missed = 0;

  constructor(options: ThreadHeartbeatOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#beat(), options.periodMs).unref();
  }

  answered(): void {
    this.#missed = 0;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #beat(): void {
    if (this.#missed >= this.#options.maxMissed) {
      this.stop();
      this.#options.onHung();
      return;
    }
    this.#missed++;
    this.#options.beat();
  }
}
