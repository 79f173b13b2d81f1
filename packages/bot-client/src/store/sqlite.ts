import { join } from 'node:path';
import { openSqliteFile, SqliteFileRefused } from '@bandstand/service-kit';
import SqliteDriver from 'better-sqlite3';
import { type Dialect, SqliteDialect } from 'kysely';
import { DatabaseRefused } from './database-refused.ts';

const FILE_NAME = 'bot.sqlite';
/** A bot that is just being replaced lets go of the file within this time. */
const BUSY_MS = 5_000;

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
    return new SqliteDialect({ database: openSqliteFile({ file, busyMs: BUSY_MS, onSetAside }) });
  } catch (error) {
    if (!(error instanceof SqliteFileRefused)) throw error;
    const reason = error.isTaken ? 'another bot uses it' : error.code;
    throw new DatabaseRefused(`the bot's database ${file} cannot be opened: ${reason}`, { cause: error });
  }
}
