import type { Clock } from '../clock.ts';

/** Discord, "Rate Limiting" of the gateway: 120 messages in 60 seconds on one connection. */
const MESSAGES = 120;
const WINDOW_MS = 60_000;

/** Counts what one client sends. */
export class SendLimit {
  readonly #clock: Clock;
  readonly #sentAtMs: number[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns `false` when this message is one too many. */
  take(): boolean {
    const nowMs = this.#clock.now();
    while (this.#sentAtMs[0] !== undefined && this.#sentAtMs[0] <= nowMs - WINDOW_MS) this.#sentAtMs.shift();
    this.#sentAtMs.push(nowMs);
    return this.#sentAtMs.length <= MESSAGES;
  }
}
