import type { RequestKey, RequestOutcome } from '@bandstand/protocol';
import { LRUCache } from 'lru-cache';

/** What became of requests that were acknowledged before they were done, for whoever asks again. */
export class RequestOutcomes {
  readonly #outcomes: LRUCache<RequestKey, RequestOutcome>;

  constructor(limits: { readonly max: number; readonly ttlMs: number }) {
    this.#outcomes = new LRUCache({ max: limits.max, ttl: limits.ttlMs });
  }

  get(key: RequestKey): RequestOutcome {
    return this.#outcomes.get(key) ?? unknownOutcome(key);
  }

  set(outcome: RequestOutcome): void {
    this.#outcomes.set(outcome.key, outcome);
  }

  forget(key: RequestKey): void {
    this.#outcomes.delete(key);
  }
}

export function unknownOutcome(key: RequestKey): RequestOutcome {
  return { key, state: 'unknown' };
}
