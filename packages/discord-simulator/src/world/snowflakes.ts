import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';

/** First millisecond of 2015: where Discord's ids count from (Discord reference, "Snowflakes"). */
const DISCORD_EPOCH_MS = 1_420_070_400_000;
const TIMESTAMP_SHIFT = 22n;
const MAX_INCREMENT = 4095;

/**
 * Makes every id and secret of one simulated Discord.
 *
 * What stands there from the start (guilds, channels, users) gets the same id for the same seed on every run.
 * What happens later (messages, interactions) carries the clock's time, because clients read it out of the id.
 */
export class Snowflakes {
  readonly #seed: string;
  readonly #clock: Clock;
  #standingAtMs: number;
  #standing = 0;
  #secrets = 0;
  #lastMs = 0;
  #increment = 0;

  constructor(seed: string | number, clock: Clock) {
    this.#seed = String(seed);
    this.#clock = clock;
    const offset = this.#digest('epoch').readUInt32BE(0);
    this.#standingAtMs = Date.UTC(2020, 0, 1) + offset;
  }

  /** The next id that depends on the seed alone. */
  standing(): string {
    const entropy = this.#digest(`standing:${this.#standing}`);
    this.#standing += 1;
    this.#standingAtMs += 1000 + (entropy.readUInt32BE(0) % 1_000_000);
    return compose(this.#standingAtMs, entropy.readUInt16BE(4) & MAX_INCREMENT);
  }

  /** An id minted now; later calls always give larger ids, also when the clock was set back. */
  timed(): string {
    const nowMs = Math.floor(this.#clock.now());
    if (nowMs > this.#lastMs) {
      this.#lastMs = nowMs;
      this.#increment = 0;
    } else if (this.#increment < MAX_INCREMENT) {
      this.#increment += 1;
    } else {
      this.#lastMs += 1;
      this.#increment = 0;
    }
    return compose(this.#lastMs, this.#increment);
  }

  /** An unguessable-looking string that is the same on every run of this seed. */
  secret(purpose: string): string {
    this.#secrets += 1;
    return this.#digest(`${purpose}:${this.#secrets}`).toString('hex');
  }

  #digest(text: string): Buffer {
    return createHash('sha256').update(`${this.#seed}\0${text}`).digest();
  }
}

/** @returns Milliseconds since the Unix epoch at which the id was minted. */
export function snowflakeTimeMs(id: string): number {
  return Number(BigInt(id) >> TIMESTAMP_SHIFT) + DISCORD_EPOCH_MS;
}

export function isSnowflake(text: string): boolean {
  return /^\d{17,20}$/.test(text);
}

function compose(atMs: number, increment: number): string {
  return String((BigInt(atMs - DISCORD_EPOCH_MS) << TIMESTAMP_SHIFT) | BigInt(increment));
}
