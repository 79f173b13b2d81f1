import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import SqliteDriver from 'better-sqlite3';
import { type Dialect, SqliteDialect } from 'kysely';
import { DatabaseRefused } from './database-refused.ts';

const FILE_NAME = 'bot.sqlite';
/** A bot that is just being replaced lets go of the file within this time. */
const BUSY_MS = 5_000;

const DAMAGED: readonly string[] = ['SQLITE_NOTADB', 'SQLITE_CORRUPT'];

/**
 * The bot's file, to itself: a second bot on it is refused. What the file holds can be lost without harm to the music, so
 * a damaged one is set aside and an empty one takes its place.
 *
 * @param dataDir - A folder, made when absent, or `:memory:`.
 * @param onSetAside - Told the new name of a damaged file.
 * @throws {@link DatabaseRefused} when the folder or the file cannot be used.
 */
export function sqliteDialect(dataDir: string, onSetAside: (file: string) => void): Dialect {
  if (dataDir === ':memory:') return new SqliteDialect({ database: new SqliteDriver(dataDir) });
  const file = join(dataDir, FILE_NAME);
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    return new SqliteDialect({ database: openOrReplace(file, onSetAside) });
  } catch (error) {
    throw new DatabaseRefused(`the bot's database ${file} cannot be opened: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

function openOrReplace(file: string, onSetAside: (file: string) => void): SqliteDriver.Database {
  try {
    return open(file);
  } catch (error) {
    if (!DAMAGED.some((code) => codeOf(error).startsWith(code))) throw error;
    onSetAside(setAside(file));
    return open(file);
  }
}

function open(file: string): SqliteDriver.Database {
  const driver = new SqliteDriver(file, { timeout: BUSY_MS });
  try {
    // Before the journal mode, so that the index of the write-ahead log stays in memory and nobody else gets in.
    driver.pragma('locking_mode = EXCLUSIVE');
    driver.pragma('journal_mode = WAL');
    driver.pragma('synchronous = FULL');
    driver.pragma('foreign_keys = ON');
    if (driver.pragma('quick_check', { simple: true }) !== 'ok')
      throw Object.assign(new Error('the check of the file found damage'), { code: 'SQLITE_CORRUPT' });
    return driver;
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

function reasonOf(error: unknown): string {
  if (codeOf(error).startsWith('SQLITE_BUSY')) return 'another bot uses it';
  return (error as Error).message;
}

function codeOf(error: unknown): string {
  return String((error as { readonly code?: unknown }).code);
}
