import { setTimeout as sleep } from 'node:timers/promises';
import { isErrorCode, PlayerError, type RequestKey, type RequestOutcome } from '@bandstand/protocol';
import type { GuildEvent } from '@bandstand/transport';

const POLL_MS = 2_000;

/** Asks the player directly: for the event that was lost. */
export type PollOutcome = () => Promise<RequestOutcome | null>;

/** Brings the outcomes of acknowledged requests, which come by event, to whoever waits for them. */
export class RequestOutcomes {
  readonly #watches = new Map<RequestKey, OutcomeWatch>();

  /** Listens from now on; begin before the request is sent. Dispose it when nobody waits any more. */
  watch(key: RequestKey, poll: PollOutcome, pollMs = POLL_MS): OutcomeWatch {
    const watch = new OutcomeWatch(poll, pollMs, () => this.#watches.delete(key));
    this.#watches.set(key, watch);
    return watch;
  }

  /** Whether a command is going to tell the people itself. */
  isAwaited(key: RequestKey | null): boolean {
    return key !== null && this.#watches.has(key);
  }

  /** For an outcome that came with the reply itself. */
  put(outcome: RequestOutcome): void {
    this.#watches.get(outcome.key)?.put(outcome);
  }

  feed(event: GuildEvent): void {
    if (event.action === 'QUEUE_UPDATED' && event.data.request !== null) {
      this.put(event.data.request);
    } else if (event.action === 'PLAYER_ERROR' && event.data.request_key !== null) {
      const { error_type: code, error_message: message, retryable, details, request_key: key } = event.data;
      this.put({ key, state: 'failed', code, retryable, message, details });
    }
  }
}

/** What becomes of one request. */
export class OutcomeWatch implements Disposable {
  readonly #poll: PollOutcome;
  readonly #pollMs: number;
  readonly #onDispose: () => void;
  #news: RequestOutcome | null = null;
  #unanswered: PlayerError | null = null;
  #wake: AbortController | null = null;

  constructor(poll: PollOutcome, pollMs: number, onDispose: () => void) {
    this.#poll = poll;
    this.#pollMs = pollMs;
    this.#onDispose = onDispose;
  }

  /** Only what says more than "not yet" is news; newer news replace older. */
  put(outcome: RequestOutcome): void {
    if (outcome.state === 'pending' || outcome.state === 'unknown') return;
    this.#news = outcome;
    this.#wake?.abort();
  }

  /**
   * The request got no reply, so that it may have been lost. It came to nothing, with this error, as soon as the player
   * says that it does not know it; the request's time to live must be over by then.
   */
  markUnanswered(error: PlayerError): void {
    this.#unanswered = error;
  }

  /** The failure if there is one by now. */
  get failure(): PlayerError | null {
    return this.#news?.state === 'failed' ? failureOf(this.#news) : null;
  }

  /**
   * Waits for the next news.
   *
   * @throws {@link PlayerError} when the request failed; the signal's reason when it aborts.
   */
  async next(signal: AbortSignal): Promise<Extract<RequestOutcome, { readonly state: 'added' }>> {
    for (;;) {
      signal.throwIfAborted();
      const news = this.#news;
      this.#news = null;
      if (news?.state === 'failed') throw failureOf(news);
      if (news?.state === 'added') return news;
      await this.#waitOrPoll(signal);
    }
  }

  [Symbol.dispose](): void {
    this.#onDispose();
    this.#wake?.abort();
  }

  async #waitOrPoll(signal: AbortSignal): Promise<void> {
    const wake = new AbortController();
    this.#wake = wake;
    const awake = await sleep(this.#pollMs, false, { signal: AbortSignal.any([signal, wake.signal]) }).catch(
      () => true,
    );
    this.#wake = null;
    if (awake) return;
    let outcome: RequestOutcome | null;
    try {
      outcome = await this.#poll();
    } catch (error) {
      // The player is away for a moment: the next poll asks again until the caller's time is up.
      if (!(error instanceof PlayerError)) throw error;
      return;
    }
    if (outcome?.state === 'unknown' && this.#unanswered !== null && this.#news === null)
      throw this.#unanswered;
    if (outcome !== null) this.put(outcome);
  }
}

function failureOf(outcome: Extract<RequestOutcome, { readonly state: 'failed' }>): PlayerError {
  return isErrorCode(outcome.code)
    ? new PlayerError(outcome.code, outcome.message, { details: outcome.details })
    : new PlayerError('INTERNAL', outcome.message, {
        details: { ...outcome.details, unknown_code: outcome.code },
      });
}
