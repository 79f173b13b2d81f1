import type { Cancel, Clock } from '../clock.ts';

const TIMEOUTS_TO_OPEN = 5;
const PROBE_INTERVAL_MS = 1_000;

export interface CircuitBreakerOptions {
  readonly clock: Clock;
  /** Asks the player for any reply. Rejects without one; ends by itself. */
  readonly probe: () => Promise<unknown>;
  readonly onChange: (isOpen: boolean) => void;
}

/**
 * Stops asking a player that does not answer: after five time-outs without a reply in between it opens, so that callers fail at
 * once instead of after seconds; a probe each second closes it again.
 */
export class CircuitBreaker {
  readonly #options: CircuitBreakerOptions;
  #timeouts = 0;
  #cancelProbe: Cancel | undefined;
  #isOpen = false;
  #closing = Promise.withResolvers<void>();

  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Resolves when requests may be sent. */
  async whenClosed(): Promise<void> {
    if (this.#isOpen) await this.#closing.promise;
  }

  /** Any reply counts, also an error: the player is there. */
  recordReply(): void {
    this.#timeouts = 0;
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#cancelProbe?.();
    this.#closing.resolve();
    this.#options.onChange(false);
  }

  recordTimeout(): void {
    if (this.#isOpen || ++this.#timeouts < TIMEOUTS_TO_OPEN) return;
    this.#isOpen = true;
    this.#closing = Promise.withResolvers();
    this.#scheduleProbe();
    this.#options.onChange(true);
  }

  /** Ends the probing; the state stays. */
  close(): void {
    this.#cancelProbe?.();
    this.#cancelProbe = undefined;
    this.#timeouts = Number.NEGATIVE_INFINITY;
  }

  #scheduleProbe(): void {
    this.#cancelProbe = this.#options.clock.schedule(PROBE_INTERVAL_MS, () => void this.#probe());
  }

  async #probe(): Promise<void> {
    try {
      await this.#options.probe();
      this.recordReply();
    } catch {
      // Still away, which is known already.
      if (this.#isOpen && this.#cancelProbe !== undefined) this.#scheduleProbe();
    }
  }
}
