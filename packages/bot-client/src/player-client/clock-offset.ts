const SAMPLES = 60;

/**
 * How far the bot's clock is ahead of the player's, learned from the times of the player's heartbeats.
 * The smallest difference of the last minute is the one least delayed on the way.
 */
export class ClockOffset {
  readonly #differences: number[] = [];

  /** Both in epoch milliseconds. */
  observe(playerMs: number, botMs: number): void {
    this.#differences.push(botMs - playerMs);
    if (this.#differences.length > SAMPLES) this.#differences.shift();
  }

  /** Milliseconds; 0 until the first heartbeat. */
  get ms(): number {
    return this.#differences.length === 0 ? 0 : Math.min(...this.#differences);
  }
}
