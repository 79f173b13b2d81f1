import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { routeName } from './route.ts';
import type { RouteMatch } from './router.ts';

const MAJOR_PARAMETERS = ['channel', 'guild', 'application', 'token'];
/** Per bot, over all routes but interactions (Discord, "Global Rate Limit"). */
const GLOBAL_LIMIT = { calls: 50, windowMs: 1000 };

/** Beyond this many, those that ended are forgotten. */
const MAX_WINDOWS = 1000;

interface Window {
  used: number;
  endsAtMs: number;
}

export interface Verdict {
  readonly headers: Readonly<Record<string, string>>;
  /** Present when the call exceeds its bucket: the body and headers of a 429. */
  readonly retryAfterMs?: number;
  readonly scope?: 'user' | 'global' | 'shared';
}

/** Discord's rate-limit buckets, with the headers that let a client stay inside them. */
export class RateLimiter {
  readonly #clock: Clock;
  readonly #windows = new Map<string, Window>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param caller - The bot's id, or an address for calls without a token. */
  take(match: RouteMatch, caller: string): Verdict {
    const { route, params } = match;
    const isInteraction = route.path.startsWith('/interactions/');
    if (!isInteraction && !this.#use(`global:${caller}`, GLOBAL_LIMIT).granted) {
      const retryAfterMs =
        this.#window(`global:${caller}`, GLOBAL_LIMIT.windowMs).endsAtMs - this.#clock.now();
      return { ...limited(retryAfterMs, 'global'), retryAfterMs, scope: 'global' };
    }

    const majors = MAJOR_PARAMETERS.map((name) => params.get(name) ?? '').join(':');
    const { granted, window } = this.#use(`${caller}:${routeName(route)}:${majors}`, route.limit);
    const resetAfterMs = Math.max(0, window.endsAtMs - this.#clock.now());
    const headers = {
      'x-ratelimit-limit': String(route.limit.calls),
      'x-ratelimit-remaining': String(Math.max(0, route.limit.calls - window.used)),
      'x-ratelimit-reset': (window.endsAtMs / 1000).toFixed(3),
      'x-ratelimit-reset-after': (resetAfterMs / 1000).toFixed(3),
      'x-ratelimit-bucket': createHash('md5').update(routeName(route)).digest('hex'),
    };
    if (granted) return { headers };
    const extra = limited(resetAfterMs, 'user').headers;
    return { headers: { ...headers, ...extra }, retryAfterMs: resetAfterMs, scope: 'user' };
  }

  #use(key: string, { calls, windowMs }: { calls: number; windowMs: number }) {
    const window = this.#window(key, windowMs);
    const granted = window.used < calls;
    if (granted) window.used += 1;
    return { granted, window };
  }

  #window(key: string, windowMs: number): Window {
    const nowMs = this.#clock.now();
    const open = this.#windows.get(key);
    if (open !== undefined && open.endsAtMs > nowMs) return open;
    this.#forgetEnded(nowMs);
    const window = { used: 0, endsAtMs: nowMs + windowMs };
    this.#windows.set(key, window);
    return window;
  }

  #forgetEnded(nowMs: number): void {
    if (this.#windows.size < MAX_WINDOWS) return;
    for (const [key, { endsAtMs }] of this.#windows) {
      if (endsAtMs <= nowMs) this.#windows.delete(key);
    }
  }
}

/** Headers of a 429. `Retry-After` is in whole seconds, the body's `retry_after` is exact. */
export function limited(retryAfterMs: number, scope: 'user' | 'global' | 'shared') {
  const headers: Record<string, string> = {
    'retry-after': String(Math.ceil(retryAfterMs / 1000)),
    'x-ratelimit-reset-after': (retryAfterMs / 1000).toFixed(3),
    'x-ratelimit-remaining': '0',
    'x-ratelimit-scope': scope,
  };
  if (scope === 'global') headers['x-ratelimit-global'] = 'true';
  return { headers };
}
