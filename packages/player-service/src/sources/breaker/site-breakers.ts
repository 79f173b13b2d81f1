import { type ErrorCode, PlayerError } from '@bandstand/protocol';

export interface SiteBreakersOptions {
  /** Failures in a row that open the breaker of a site. */
  readonly failures: number;
  /** How long the first opening lasts; each further one without a success in between doubles it, … */
  readonly openMs: number;
  /** … up to this. */
  readonly maxOpenMs: number;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

export const DEFAULT_BREAKER = { failures: 5, openMs: 30_000, maxOpenMs: 300_000 } as const;

/** `probing`: one request is on its way to find out whether the site is well again. */
export interface SiteHealth {
  readonly site: string;
  readonly state: 'closed' | 'open' | 'probing';
  readonly failuresInARow: number;
  /** Of the newest failure. */
  readonly code: ErrorCode;
  /** Until the next request is let through; absent unless open. */
  readonly retryInMs?: number;
}

interface Circuit {
  failuresInARow: number;
  openings: number;
  openUntilMs: number;
  isProbing: boolean;
  lastFailure: PlayerError;
}

/** A request that was let through. The first outcome told counts; one that is abandoned counts for nothing. */
export interface Pass {
  succeeded(): void;
  failed(error: unknown): void;
  abandoned(): void;
}

/** Codes that tell of the site as a whole, not of one track. */
const SITE_FAILURES: ReadonlySet<ErrorCode> = new Set([
  'EXTRACTOR_BROKEN',
  'RATE_LIMITED',
  'SOURCE_NETWORK',
  'SOURCE_TIMEOUT',
]);
/** Codes that tell of us, or of nothing at all. */
const NEUTRAL: ReadonlySet<ErrorCode> = new Set([
  'SOURCE_BUSY',
  'PLAYER_BUSY',
  'PLAYER_SHUTTING_DOWN',
  'REQUEST_CANCELLED',
  'EXTRACTOR_MISSING',
  'EXTRACTOR_KILLED',
]);

/**
 * Leaves a site in peace that failed several times in a row: requests are then answered at once, with the failure that
 * opened the breaker, until one request was let through and succeeded. Sites know nothing of one another.
 */
export class SiteBreakers {
  readonly #options: SiteBreakersOptions;
  /** Only sites whose newest request failed. */
  readonly #circuits = new Map<string, Circuit>();

  constructor(options: SiteBreakersOptions) {
    this.#options = options;
  }

  /** The sites that fail, for readiness and logs; `[]` when all is well. */
  health(): readonly SiteHealth[] {
    const nowMs = this.#options.now();
    return [...this.#circuits].map(([site, circuit]) => ({
      site,
      state: circuit.isProbing ? 'probing' : this.#isOpen(circuit) ? 'open' : 'closed',
      failuresInARow: circuit.failuresInARow,
      code: circuit.lastFailure.code,
      ...(nowMs < circuit.openUntilMs && { retryInMs: Math.ceil(circuit.openUntilMs - nowMs) }),
    }));
  }

  /** @throws {@link PlayerError} with the code of the failure that opened the breaker, while it is open. */
  enter(site: string): Pass {
    const circuit = this.#circuits.get(site);
    if (circuit === undefined || !this.#isOpen(circuit)) return this.#pass(site, false);
    if (circuit.isProbing || this.#options.now() < circuit.openUntilMs) throw refused(site, circuit);
    circuit.isProbing = true;
    return this.#pass(site, true);
  }

  #isOpen({ failuresInARow }: Circuit): boolean {
    return failuresInARow >= this.#options.failures;
  }

  #pass(site: string, isProbe: boolean): Pass {
    let isSettled = false;
    const settle = (act: () => void): void => {
      if (isSettled) return;
      isSettled = true;
      const circuit = this.#circuits.get(site);
      if (isProbe && circuit !== undefined) circuit.isProbing = false;
      act();
    };
    return {
      succeeded: () => settle(() => this.#circuits.delete(site)),
      abandoned: () => settle(() => {}),
      failed: (error) => settle(() => this.#fail(site, error, isProbe)),
    };
  }

  #fail(site: string, error: unknown, isProbe: boolean): void {
    if (!(error instanceof PlayerError) || NEUTRAL.has(error.code)) return;
    if (isSiteFailure(error)) this.#count(site, error, isProbe);
    else this.#circuits.delete(site); // it answers, if only to say no
  }

  #count(site: string, failure: PlayerError, isProbe: boolean): void {
    const { failures, openMs, maxOpenMs, now } = this.#options;
    const circuit = this.#circuits.get(site) ?? {
      failuresInARow: 0,
      openings: 0,
      openUntilMs: Number.NEGATIVE_INFINITY,
      isProbing: false,
      lastFailure: failure,
    };
    this.#circuits.set(site, circuit);
    circuit.failuresInARow++;
    circuit.lastFailure = failure;
    const opensNow = isProbe || circuit.failuresInARow === failures; // requests that were under way prolong nothing
    if (!opensNow) return;
    circuit.openUntilMs = now() + Math.min(openMs * 2 ** circuit.openings, maxOpenMs);
    circuit.openings++;
  }
}

/** Being taken for a robot is the site's view of us; a page that wants its members is the page's. */
function isSiteFailure({ code, details }: PlayerError): boolean {
  return SITE_FAILURES.has(code) || (code === 'LOGIN_REQUIRED' && details['robotCheck'] === true);
}

function refused(site: string, { lastFailure, failuresInARow }: Circuit): PlayerError {
  return new PlayerError(lastFailure.code, 'the site failed several times and is left in peace for a while', {
    cause: lastFailure,
    details: { ...lastFailure.details, site, failuresInARow, breaker: 'open' },
  });
}
