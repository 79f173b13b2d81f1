import type { BotDatabase } from './database.ts';

/** Remembers what was registered at Discord, so that it is registered again only when it changed. */
export class RegistrationStore {
  readonly #db: BotDatabase;
  readonly #nowMs: () => number;

  constructor(db: BotDatabase, nowMs: () => number) {
    this.#db = db;
    this.#nowMs = nowMs;
  }

  /** @param scope - `global`, or a guild id. */
  async hashOf(applicationId: string, scope: string): Promise<string | null> {
    const row = await this.#db
      .selectFrom('command_registrations')
      .select('hash')
      .where('application_id', '=', applicationId)
      .where('scope', '=', scope)
      .executeTakeFirst();
    return row?.hash ?? null;
  }

  /** Where the application's commands were registered. */
  async scopesOf(applicationId: string): Promise<string[]> {
    const rows = await this.#db
      .selectFrom('command_registrations')
      .select('scope')
      .where('application_id', '=', applicationId)
      .orderBy('scope')
      .execute();
    return rows.map((row) => row.scope);
  }

  async forget(applicationId: string, scope: string): Promise<void> {
    await this.#db
      .deleteFrom('command_registrations')
      .where('application_id', '=', applicationId)
      .where('scope', '=', scope)
      .execute();
  }

  async save(applicationId: string, scope: string, hash: string): Promise<void> {
    const values = { hash, registered_at_ms: this.#nowMs() };
    await this.#db
      .insertInto('command_registrations')
      .values({ application_id: applicationId, scope, ...values })
      .onConflict((conflict) => conflict.columns(['application_id', 'scope']).doUpdateSet(values))
      .execute();
  }
}
