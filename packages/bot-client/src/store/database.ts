import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import SqliteDriver from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { Migrator } from 'kysely/migration';
import { migrationProvider } from './migrations.ts';
import type { BotSchema } from './schema.ts';

export type BotDatabase = Kysely<BotSchema>;

const FILE_NAME = 'bot.sqlite';

/**
 * Opens the bot's database, brought up to the newest schema.
 *
 * @param dataDir - A folder, made when absent, or `:memory:`.
 * @throws {@link Error} when the folder cannot be written, the file is no database, or a migration fails.
 */
export async function openDatabase(dataDir: string): Promise<BotDatabase> {
  if (dataDir !== ':memory:') mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const file = dataDir === ':memory:' ? dataDir : join(dataDir, FILE_NAME);
  const driver = new SqliteDriver(file, { timeout: 5_000 });
  let db: BotDatabase | undefined;
  try {
    driver.pragma('journal_mode = WAL');
    driver.pragma('synchronous = FULL');
    driver.pragma('foreign_keys = ON');
    db = new Kysely<BotSchema>({ dialect: new SqliteDialect({ database: driver }) });
    const { error } = await new Migrator({ db, provider: migrationProvider }).migrateToLatest();
    if (error !== undefined) throw error;
    return db;
  } catch (cause) {
    await db?.destroy();
    driver.close();
    throw new Error(`the bot's database ${file} cannot be opened`, { cause });
  }
}
