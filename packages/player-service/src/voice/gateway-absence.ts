import type { VoiceClock } from './voice-clock.ts';

/** After so long without anybody at Discord's gateway a session is given up. */
const MAX_ABSENCE_MS = 60 * 60_000;

export interface GatewayAbsenceOptions {
  /** Whether whoever holds the gateway connection hears us. */
  readonly isHeard: () => boolean;
  readonly clock: VoiceClock;
}

/**
 * Says what it means that Discord did not answer. While the bot is away nothing can come from Discord's main gateway, neither
 * credentials nor word of a kick; that is no reason to give up.
 */
export class GatewayAbsence {
  readonly #options: GatewayAbsenceOptions;
  #sinceMs: number | undefined;

  constructor(options: GatewayAbsenceOptions) {
    this.#options = options;
  }

  /** Whether the bot was found to be away, and nothing came since. */
  get isUnderWay(): boolean {
    return this.#sinceMs !== undefined;
  }

  /**
   * @returns `wait`: the bot is away; look again later. `ask`: it was away and is back, but may not know that it is wanted.
   *   `lost`: it is there and has nothing to say, or was away for too long.
   */
  judge(): 'wait' | 'ask' | 'lost' {
    const { isHeard, clock } = this.#options;
    if (isHeard()) {
      const wasAway = this.#sinceMs !== undefined;
      this.end();
      return wasAway ? 'ask' : 'lost';
    }
    const nowMs = clock.monotonicMs();
    this.#sinceMs ??= nowMs;
    return nowMs - this.#sinceMs < MAX_ABSENCE_MS ? 'wait' : 'lost';
  }

  /** Something came from Discord, or the session is over. */
  end(): void {
    this.#sinceMs = undefined;
  }
}
