import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '@bandstand/service-kit';
import SqliteDriver from 'better-sqlite3';
import { SqliteDialect } from 'kysely';
import type { DatabaseAccess } from './database.ts';

const FILE_NAME = 'player.sqlite';
/** How long a player that is just ending is waited for. */
const BUSY_TIMEOUT_MS = 2_000;

const DAMAGED: readonly string[] = ['SQLITE_NOTADB', 'SQLITE_CORRUPT'];

/**
 * Opens the file for this process alone. One that is damaged is set aside, and an empty one takes its place.
 *
 * @throws ConfigError when the folder cannot be written, or another player has the file.
 */
export function openSqlite(dataDir: string, onSetAside: (file: string) => void): DatabaseAccess {
  const file = join(dataDir, FILE_NAME);
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const driver = openOrSetAside(file, onSetAside);
    return {
      dialect: new SqliteDialect({ database: driver }),
      claim: async () => {}, // the lock on the file is held until the process ends
      close: async () => {
        driver.close();
      },
    };
  } catch (error) {
    const code = codeOf(error);
    if (code.startsWith('SQLITE_BUSY')) {
      throw new ConfigError([
        `${file}: another player uses this file; give each player a DATA_DIR of its own`,
      ]);
    }
    throw new ConfigError([`${file}: the player's database cannot be written there (${code})`]);
  }
}

function openOrSetAside(file: string, onSetAside: (file: string) => void): SqliteDriver.Database {
  try {
    return open(file);
  } catch (error) {
    if (!DAMAGED.some((code) => codeOf(error).startsWith(code))) throw error;
    onSetAside(setAside(file));
    return open(file);
  }
}

function open(file: string): SqliteDriver.Database {
  const driver = new SqliteDriver(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    driver.pragma('locking_mode = EXCLUSIVE'); // before WAL: then no shared memory, and one process per file
    driver.pragma('journal_mode = WAL');
    driver.pragma('synchronous = FULL');
    driver.pragma('foreign_keys = ON');
    driver.exec('BEGIN IMMEDIATE; COMMIT'); // takes the lock, and shows whether the file can be written
    const verdict = driver.pragma('quick_check(1)', { simple: true });
    if (verdict !== 'ok') {
      throw Object.assign(new Error(`quick_check: ${String(verdict)}`), { code: 'SQLITE_CORRUPT' });
    }
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

function codeOf(error: unknown): string {
  return String((error as { readonly code?: unknown }).code ?? error);
}
