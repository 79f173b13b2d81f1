import type { Clock } from '../clock.ts';

const PER_DAY = 1000;
const DAY_MS = 24 * 3600_000;

/** What `GET /gateway/bot` says about it, in Discord's names; `reset_after` in milliseconds. */
export interface SessionStartLimit {
  readonly total: number;
  readonly remaining: number;
  readonly reset_after: number;
  readonly max_concurrency: number;
}

/** Counts how often each bot identified today. */
export class SessionStarts {
  readonly #clock: Clock;
  readonly #days = new Map<string, { used: number; endsAtMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  count(botId: string): void {
    this.#day(botId).used += 1;
  }

  limitOf(botId: string): SessionStartLimit {
    const day = this.#day(botId);
    return {
      total: PER_DAY,
      remaining: Math.max(0, PER_DAY - day.used),
      reset_after: Math.max(0, Math.round(day.endsAtMs - this.#clock.now())),
      max_concurrency: 1,
    };
  }

  #day(botId: string) {
    const nowMs = this.#clock.now();
    const known = this.#days.get(botId);
    if (known !== undefined && known.endsAtMs > nowMs) return known;
    const fresh = { used: 0, endsAtMs: nowMs + DAY_MS };
    this.#days.set(botId, fresh);
    return fresh;
  }
}
