import { type GuildId, PlayerError, type RequestKey } from '@bandstand/protocol';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { PlayerStore } from '../store/player-store.ts';
import type { StoredReply } from '../store/stored-guild.ts';
import type { GuildPlayer } from './guild-player.ts';
import { Mailboxes } from './mailboxes.ts';

export interface GuildChangesOptions {
  readonly store: PlayerStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** Commands that may wait in one guild. */
  readonly mailbox: number;
}

/** What the caller of a command gets besides its data. */
export interface RoutedReply {
  readonly data: Readonly<Record<string, unknown>>;
  /** Of the guild's state after the command; `null` where no guild's state is concerned. */
  readonly revision: number | null;
}

/**
 * Makes changes durable before anybody hears of them, one after another within a guild.
 *
 * A command either becomes durable, reply included, or changes nothing. What happens by itself (a track ends, a channel
 * is deleted) cannot be refused: it is done at once, and written with the next commit that succeeds.
 */
export class GuildChanges {
  readonly #options: GuildChangesOptions;
  readonly #mailboxes: Mailboxes<GuildId>;
  /** Changed since their last commit. */
  readonly #unsaved = new Set<GuildPlayer>();

  constructor(options: GuildChangesOptions) {
    this.#options = options;
    this.#mailboxes = new Mailboxes(options.mailbox);
  }

  /** What changes nothing that is stored, in its turn. @throws PlayerError `PLAYER_BUSY` */
  inTurn<T>(guildId: GuildId, task: () => T | Promise<T>): Promise<T> {
    return this.#mailboxes.run(guildId, task);
  }

  /**
   * Carries a command out, once per key. Only in the guild's turn.
   *
   * @param key - `undefined`: the reply is not kept.
   * @throws PlayerError `STORE_UNAVAILABLE`, and nothing was changed; or the stored failure of an earlier try.
   */
  async command(
    player: GuildPlayer,
    key: RequestKey | undefined,
    apply: () => Readonly<Record<string, unknown>>,
  ): Promise<RoutedReply> {
    const attempt = await this.#attempt(player, key, apply);
    const data = attempt.result;
    const { revision } = player.events;
    try {
      await this.#commit(
        player,
        key === undefined ? undefined : { key, reply: { status: 'success', data, revision } },
      );
    } catch (error) {
      attempt.undo();
      throw error;
    }
    attempt.commit();
    return { data, revision };
  }

  /** The reply to a key that was answered before. @throws PlayerError the stored failure, or `STORE_UNAVAILABLE` */
  async earlierReply(guildId: GuildId, key: RequestKey): Promise<RoutedReply | undefined> {
    const { store } = this.#options;
    const stored = await store.requests.replyTo(key);
    if (stored === undefined || store.guilds.isInDoubt(guildId, key)) return undefined;
    if (stored.status === 'success') return { data: stored.data, revision: stored.revision };
    throw new PlayerError(stored.code, stored.message, { details: stored.details });
  }

  /** What happened by itself. @throws what `apply` throws; what it did before stays. */
  happened<T>(player: GuildPlayer, apply: () => T): Promise<T> {
    return this.#mailboxes.runAlways(player.guildId, async () => {
      player.throwIfDestroyed();
      const { result, publish } = player.events.hold(apply);
      this.#unsaved.add(player);
      await this.#save(player);
      publish();
      return result;
    });
  }

  /** Tells what changes nothing that is stored, in its turn. */
  observed(player: GuildPlayer, tell: () => void): Promise<void> {
    return this.#mailboxes.runAlways(player.guildId, () => {
      player.throwIfDestroyed();
      tell();
    });
  }

  /** Writes what could not be written when it happened. */
  async saveUnsaved(): Promise<void> {
    for (const player of this.#unsaved) {
      await this.#mailboxes.runAlways(player.guildId, () => this.#save(player));
      if (!this.#options.store.available) return;
    }
  }

  /** Resolves once everything that was begun is done. */
  idle(): Promise<void> {
    return this.#mailboxes.idle();
  }

  async #attempt(
    player: GuildPlayer,
    key: RequestKey | undefined,
    apply: () => Readonly<Record<string, unknown>>,
  ) {
    try {
      return player.attempt(apply);
    } catch (error) {
      if (key !== undefined && error instanceof PlayerError && !error.retryable) {
        const { code, message, details } = error;
        await this.#keepFailure(player.guildId, key, { status: 'error', code, message, details });
      }
      throw error;
    }
  }

  async #keepFailure(guildId: GuildId, key: RequestKey, reply: StoredReply): Promise<void> {
    const { store, clock } = this.#options;
    try {
      await store.requests.save(guildId, { key, reply }, clock.nowMs());
    } catch {
      // The failure changed nothing and is told all the same; a repeat would be judged anew.
    }
  }

  /** @throws PlayerError `STORE_UNAVAILABLE` */
  async #commit(
    player: GuildPlayer,
    request?: { readonly key: RequestKey; readonly reply: StoredReply },
  ): Promise<void> {
    const { additions, accept } = player.changedAdditions();
    await this.#options.store.guilds.commit({ guild: player.stored, additions, request });
    accept();
    this.#unsaved.delete(player);
  }

  async #save(player: GuildPlayer): Promise<void> {
    try {
      await this.#commit(player);
    } catch (error) {
      this.#options.log.debug({ err: error, guildId: player.guildId }, 'a change waits for the database');
    }
  }
}
