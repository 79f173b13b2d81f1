import { PlayerError, type RequestKey } from '@bandstand/protocol';
import { LRUCache } from 'lru-cache';

/**
 * Gives each request key one effect: a repeat joins the running request or gets its stored reply.
 * A failure that may pass is forgotten, so that a repeat is a new try.
 */
export class RequestLedger<Reply> {
  readonly #replies: LRUCache<RequestKey, Promise<Reply>>;

  constructor(limits: { readonly max: number; readonly ttlMs: number }) {
    this.#replies = new LRUCache({ max: limits.max, ttl: limits.ttlMs });
  }

  once(key: RequestKey, effect: () => Promise<Reply>): Promise<Reply> {
    const known = this.#replies.get(key);
    if (known !== undefined) return known;
    const reply = effect();
    this.#replies.set(key, reply);
    reply.catch((error: unknown) => {
      const lasting = error instanceof PlayerError && !error.retryable;
      if (!lasting && this.#replies.get(key) === reply) this.#replies.delete(key);
    });
    return reply;
  }
}
