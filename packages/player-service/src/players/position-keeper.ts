import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { PlayerStore } from '../store/player-store.ts';
import type { GuildChanges } from './guild-changes.ts';
import type { PlayerRegistry } from './player-registry.ts';

export interface PositionKeeperOptions {
  readonly players: PlayerRegistry;
  readonly changes: GuildChanges;
  readonly store: PlayerStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** How long replies and outcomes are kept, in milliseconds. */
  readonly keepRepliesMs: number;
}

/** A crash may cost so much of the position. */
const EVERY_MS = 2_000;
const FORGET_EVERY_MS = 10 * 60_000;

/** Writes the positions of all guilds in a voice channel, together, every two seconds, and what else waits to be written. */
export class PositionKeeper implements AsyncDisposable {
  readonly #options: PositionKeeperOptions;
  #cancel: (() => void) | undefined;
  #writing: Promise<void> = Promise.resolve();
  #forgotAtMs = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(options: PositionKeeperOptions) {
    this.#options = options;
    this.#schedule();
  }

  /** Resolves once what is being written is written. */
  written(): Promise<void> {
    return this.#writing;
  }

  /** Writes no more. */
  stop(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  /** Ends with the last word on every position. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await this.#writing;
    await this.#options.changes.idle();
    await this.#write();
  }

  #schedule(): void {
    if (this.#closed) return;
    this.#cancel = this.#options.clock.schedule(EVERY_MS, () => {
      this.#writing = this.#write().then(() => this.#schedule());
    });
  }

  async #write(): Promise<void> {
    const { players, changes, store, clock, log, keepRepliesMs } = this.#options;
    try {
      await store.guilds.savePositions(players.positions());
      await changes.saveUnsaved();
      const nowMs = clock.nowMs();
      if (nowMs - this.#forgotAtMs < FORGET_EVERY_MS) return;
      await store.forgetBefore(nowMs - keepRepliesMs);
      this.#forgotAtMs = nowMs;
    } catch (error) {
      log.debug({ err: error }, 'positions wait for the database');
    }
  }
}
