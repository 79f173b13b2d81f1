import type { GuildId, RequestKey } from '@bandstand/protocol';
import type { Compilable } from 'kysely';
import type { PlayerDatabase, Statements } from './database.ts';
import { keyText } from './key-text.ts';
import type { StoredReply } from './stored-guild.ts';

export interface RequestToStore {
  readonly key: RequestKey;
  readonly reply: StoredReply;
}

/** What each request was answered, for whoever sends it again. */
export class RequestStore {
  readonly #database: PlayerDatabase;

  constructor(database: PlayerDatabase) {
    this.#database = database;
  }

  /** @throws PlayerError `STORE_UNAVAILABLE` */
  async replyTo(key: RequestKey): Promise<StoredReply | undefined> {
    const row = await this.#database.read((db) =>
      db
        .selectFrom('player_requests')
        .select('reply')
        .where('request_key', '=', keyText(key))
        .executeTakeFirst(),
    );
    return row === undefined ? undefined : (JSON.parse(row.reply) as StoredReply);
  }

  /** Stores an answer that changed nothing else. @throws PlayerError `STORE_UNAVAILABLE` */
  async save(guildId: GuildId, request: RequestToStore, nowMs: number): Promise<void> {
    await this.#database.write((statements) => [RequestStore.write(statements, guildId, request, nowMs)]);
  }

  /** @throws PlayerError `STORE_UNAVAILABLE` */
  async forgetBefore(ms: number): Promise<void> {
    await this.#database.write((statements) => [
      statements.deleteFrom('player_requests').where('stored_at_ms', '<', ms),
    ]);
  }

  /** As part of a larger transaction. A key that is there already is a bug of the caller, and ends the transaction. */
  static write(statements: Statements, guildId: GuildId, request: RequestToStore, nowMs: number): Compilable {
    return statements.insertInto('player_requests').values({
      request_key: keyText(request.key),
      guild_id: guildId,
      reply: JSON.stringify(request.reply),
      stored_at_ms: nowMs,
    });
  }
}
