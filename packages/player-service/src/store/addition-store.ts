import type { GuildId } from '@bandstand/protocol';
import type { Compilable } from 'kysely';
import type { PlayerDatabase, Statements } from './database.ts';
import { keyOfText, keyText } from './key-text.ts';
import type { StoredAddition } from './stored-guild.ts';

/** The ADD_TO_QUEUE requests: those that are not done are taken up again after a restart, the others tell what became of them. */
export class AdditionStore {
  readonly #database: PlayerDatabase;

  constructor(database: PlayerDatabase) {
    this.#database = database;
  }

  /** Oldest first, by guild. @throws PlayerError `STORE_UNAVAILABLE` */
  async loadAll(): Promise<Map<GuildId, StoredAddition[]>> {
    const rows = await this.#database.read((db) =>
      db.selectFrom('player_additions').selectAll().orderBy('updated_at_ms').execute(),
    );
    const byGuild = new Map<GuildId, StoredAddition[]>();
    for (const row of rows) {
      const guildId = row.guild_id as GuildId;
      const additions = byGuild.get(guildId) ?? [];
      const content = JSON.parse(row.content) as Omit<StoredAddition, 'key' | 'isPending'>;
      additions.push({ ...content, key: keyOfText(row.request_key), isPending: row.is_pending === 1 });
      byGuild.set(guildId, additions);
    }
    return byGuild;
  }

  /** Those with work left are kept. @throws PlayerError `STORE_UNAVAILABLE` */
  async forgetBefore(ms: number): Promise<void> {
    await this.#database.write((statements) => [
      statements.deleteFrom('player_additions').where('updated_at_ms', '<', ms).where('is_pending', '=', 0),
    ]);
  }

  /** As part of a larger transaction. */
  static *write(
    statements: Statements,
    guildId: GuildId,
    additions: readonly StoredAddition[],
    nowMs: number,
  ): Generator<Compilable> {
    for (const { key, isPending, ...content } of additions) {
      const values = {
        is_pending: isPending ? 1 : 0,
        content: JSON.stringify(content),
        updated_at_ms: nowMs,
      };
      yield statements
        .insertInto('player_additions')
        .values({ request_key: keyText(key), guild_id: guildId, ...values })
        .onConflict((conflict) => conflict.column('request_key').doUpdateSet(values));
    }
  }
}
