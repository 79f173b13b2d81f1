import type { VoiceClock } from './voice-clock.ts';

/** So many failures within the window, and the circuit opens. */
export const BREAKER_FAILURES = 10;
export const BREAKER_WINDOW_MS = 10 * 60_000;
export const BREAKER_OPEN_MS = 60_000;

/**
 * Stops a guild whose voice sessions are lost again and again although each of them lasted for a while: the rejoin budget
 * is given back every time, so it alone would let that go on for ever.
 *
 * Open, nothing is tried for a minute. Then one try decides: if it holds, all is forgiven; if not, another minute passes.
 */
export class CircuitBreaker {
  readonly #clock: VoiceClock;
  #failedAtMs: number[] = [];
  #openUntilMs: number | undefined;

  constructor(clock: VoiceClock) {
    this.#clock = clock;
  }

  /** Has opened, and no session has held since. */
  get hasTripped(): boolean {
    return this.#openUntilMs !== undefined;
  }

  /** @returns Milliseconds during which nothing may be tried; 0 while the circuit is closed. */
  fail(): number {
    const nowMs = this.#clock.monotonicMs();
    this.#failedAtMs = this.#failedAtMs.filter((atMs) => nowMs - atMs < BREAKER_WINDOW_MS);
    this.#failedAtMs.push(nowMs);
    const isTrialOver = this.#openUntilMs !== undefined && nowMs >= this.#openUntilMs;
    if (isTrialOver || (this.#openUntilMs === undefined && this.#failedAtMs.length >= BREAKER_FAILURES))
      this.#openUntilMs = nowMs + BREAKER_OPEN_MS;
    return Math.max(0, (this.#openUntilMs ?? 0) - nowMs);
  }

  /** A session held. Ordinary failures age by themselves; only a circuit that had opened is closed by it. */
  hold(): void {
    if (this.hasTripped) this.reset();
  }

  /** By hand. */
  reset(): void {
    this.#failedAtMs = [];
    this.#openUntilMs = undefined;
  }
}
