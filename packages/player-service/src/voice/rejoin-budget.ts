import { backoffMs } from './backoff.ts';
import { type LossPolicy, MAX_REJOINS } from './close-codes.ts';

/** Counts the rejoins since a session last held, so that none goes on for ever. */
export class RejoinBudget {
  readonly #random: () => number;
  readonly #spent = new Map<LossPolicy, number>();
  #total = 0;

  /** @param random - Gives [0, 1). */
  constructor(random: () => number) {
    this.#random = random;
  }

  get spent(): number {
    return this.#total;
  }

  /** @returns Milliseconds to wait before the rejoin, or `undefined` when the cause is worth no more of them. */
  take(policy: LossPolicy): number | undefined {
    const spent = this.#spent.get(policy) ?? 0;
    if (spent >= policy.rejoins || this.#total >= MAX_REJOINS) return undefined;
    this.#spent.set(policy, spent + 1);
    this.#total++;
    return backoffMs(this.#total, this.#random);
  }

  /** A session lasted, or a person asked for a fresh start. */
  reset(): void {
    this.#spent.clear();
    this.#total = 0;
  }
}
