import type { BotDatabase } from './database.ts';

/** A start-of-song message as the store remembers it. */
export interface StoredPanel {
  readonly guildId: string;
  readonly channelId: string;
  /** `null` = sending had begun when it was last written; the message may exist. */
  readonly messageId: string | null;
  readonly entryId: string;
}

/** Remembers each guild's start-of-song message across restarts. */
export class PanelStore {
  readonly #db: BotDatabase;
  readonly #nowMs: () => number;

  constructor(db: BotDatabase, nowMs: () => number) {
    this.#db = db;
    this.#nowMs = nowMs;
  }

  async all(): Promise<StoredPanel[]> {
    const rows = await this.#db.selectFrom('panel_messages').selectAll().execute();
    return rows.map((row) => ({
      guildId: row.guild_id,
      channelId: row.channel_id,
      messageId: row.message_id,
      entryId: row.entry_id,
    }));
  }

  async save(panel: StoredPanel): Promise<void> {
    const values = {
      channel_id: panel.channelId,
      message_id: panel.messageId,
      entry_id: panel.entryId,
      updated_at_ms: this.#nowMs(),
    };
    await this.#db
      .insertInto('panel_messages')
      .values({ guild_id: panel.guildId, ...values })
      .onConflict((conflict) => conflict.column('guild_id').doUpdateSet(values))
      .execute();
  }

  async forget(guildId: string): Promise<void> {
    await this.#db.deleteFrom('panel_messages').where('guild_id', '=', guildId).execute();
  }
}
