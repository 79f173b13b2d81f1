import { backoffMs } from './backoff.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import { type LossPolicy, MAX_REJOINS, MAX_RESUMES } from './close-codes.ts';
import type { VoiceClock } from './voice-clock.ts';

/** Counts the rejoins and resumes since a session last held, so that none goes on for ever. */
export class RejoinBudget {
  readonly #random: () => number;
  readonly #breaker: CircuitBreaker;
  readonly #spent = new Map<LossPolicy, number>();
  #total = 0;
  #resumes = 0;

  /** @param random - Gives [0, 1). */
  constructor(clock: VoiceClock, random: () => number) {
    this.#random = random;
    this.#breaker = new CircuitBreaker(clock);
  }

  get spent(): number {
    return this.#total;
  }

  /** Whether the cause is worth (another) rejoin. */
  allows(policy: LossPolicy): boolean {
    return (this.#spent.get(policy) ?? 0) < policy.rejoins && this.#total < MAX_REJOINS;
  }

  /** @returns Milliseconds to wait before the rejoin, or `undefined` when the cause is worth no more of them. */
  take(policy: LossPolicy): number | undefined {
    if (!this.allows(policy)) return undefined;
    this.#spent.set(policy, (this.#spent.get(policy) ?? 0) + 1);
    this.#total++;
    return Math.max(this.#breaker.fail(), backoffMs(this.#total, this.#random));
  }

  /** @returns Whether the connection is worth another resume. */
  takeResume(): boolean {
    return ++this.#resumes <= MAX_RESUMES;
  }

  /** A session lasted. */
  hold(): void {
    this.#breaker.hold();
    this.#forget();
  }

  /** A person asked for a fresh start. */
  reset(): void {
    this.#breaker.reset();
    this.#forget();
  }

  #forget(): void {
    this.#spent.clear();
    this.#total = 0;
    this.#resumes = 0;
  }
}
