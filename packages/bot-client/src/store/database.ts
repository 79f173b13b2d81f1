import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import SqliteDriver from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { Migrator } from 'kysely/migration';
import { migrationProvider } from './migrations.ts';
import type { BotSchema } from './schema.ts';

export type BotDatabase = Kysely<BotSchema>;

const FILE_NAME = 'bot.sqlite';

const DAMAGED: readonly unknown[] = ['SQLITE_NOTADB', 'SQLITE_CORRUPT'];

/**
 * Opens the bot's database, brought up to the newest schema. What it holds can be lost without harm to the music, so a
 * damaged file is set aside and an empty one takes its place.
 *
 * @param dataDir - A folder, made when absent, or `:memory:`.
 * @param onSetAside - Told the new name of a damaged file.
 * @throws {@link Error} when the folder cannot be written, or a migration fails.
 */
export async function openDatabase(
  dataDir: string,
  onSetAside: (file: string) => void = () => {},
): Promise<BotDatabase> {
  if (dataDir === ':memory:') return open(dataDir);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const file = join(dataDir, FILE_NAME);
  try {
    return await open(file);
  } catch (error) {
    if (!DAMAGED.includes((error as { readonly code?: unknown }).code)) {
      throw new Error(`the bot's database ${file} cannot be opened`, { cause: error });
    }
    onSetAside(setAside(file));
    return open(file);
  }
}

async function open(file: string): Promise<BotDatabase> {
  const driver = new SqliteDriver(file, { timeout: 5_000 });
  try {
    driver.pragma('journal_mode = WAL');
    driver.pragma('synchronous = FULL');
    driver.pragma('foreign_keys = ON');
    const db = new Kysely<BotSchema>({ dialect: new SqliteDialect({ database: driver }) });
    const { error } = await new Migrator({ db, provider: migrationProvider }).migrateToLatest();
    if (error !== undefined) throw error;
    return db;
  } catch (error) {
    driver.close();
    throw error;
  }
}

/** The write-ahead log belongs to the damaged file and goes with it. */
function setAside(file: string): string {
  const target = `${file}.corrupt-${Date.now()}`;
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(`${file}${suffix}`)) renameSync(`${file}${suffix}`, `${target}${suffix}`);
  }
  return target;
}
