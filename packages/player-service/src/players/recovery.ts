import { PlayerError } from '@bandstand/protocol';

export interface RecoveryOptions {
  /** How often a track may be opened again in a row. */
  readonly recoveries: number;
  /** So much played forgives all earlier failures, in milliseconds. */
  readonly healthyMs: number;
}

/** What is done about a track that broke off: opened again after a while, or given up for this reason. */
export type RecoveryStep =
  | { readonly type: 'again'; readonly waitMs: number; readonly error: PlayerError }
  | { readonly type: 'give-up'; readonly error: PlayerError };

/** A station restarts, or its network does: it is given seven seconds in all. */
const STATION = { attempts: 3, firstWaitMs: 1_000 };
/** Nothing about these changes by waiting. */
const FINAL_FOR_STATIONS = new Set<string>(['ADDRESS_NOT_ALLOWED', 'LIVE_NOT_ALLOWED', 'UNSUPPORTED_URL']);

/**
 * Counts how often in a row the current track broke off. A recording that fails for good is given up at once; a station is
 * tried again whatever it says, since one that restarts says anything, with a pause that doubles.
 */
export class Recovery {
  readonly #options: RecoveryOptions;
  #inARow = 0;
  #sinceMs = 0;

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  /** Another track. */
  reset(): void {
    this.#inARow = 0;
    this.#sinceMs = 0;
  }

  /** @param positionMs - Where it broke off; where it broke off before, when opening it again failed. */
  next(error: PlayerError, positionMs: number, isStation: boolean): RecoveryStep {
    if (positionMs - this.#sinceMs >= this.#options.healthyMs) this.#inARow = 0;
    this.#sinceMs = positionMs;
    return isStation ? this.#nextOfStation(error) : this.#nextOfRecording(error);
  }

  #nextOfRecording(error: PlayerError): RecoveryStep {
    if (!error.retryable || this.#inARow >= this.#options.recoveries) return { type: 'give-up', error };
    this.#inARow++;
    return { type: 'again', waitMs: 0, error };
  }

  #nextOfStation(error: PlayerError): RecoveryStep {
    const { attempts, firstWaitMs } = STATION;
    if (FINAL_FOR_STATIONS.has(error.code)) return { type: 'give-up', error };
    if (this.#inARow >= attempts) {
      const details = { attempts, reason: error.code };
      const lost = new PlayerError('STATION_LOST', 'the station cannot be reached again', {
        cause: error,
        details,
      });
      return { type: 'give-up', error: lost };
    }
    const waitMs = firstWaitMs * 2 ** this.#inARow++;
    const details = { ...error.details, attempt: this.#inARow, attempts, wait_ms: waitMs };
    return {
      type: 'again',
      waitMs,
      error: new PlayerError(error.code, error.message, { cause: error, details }),
    };
  }
}
