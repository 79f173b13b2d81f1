import { join } from 'node:path';
import { ConfigError, openSqliteFile, SqliteFileRefused } from '@bandstand/service-kit';
import { SqliteDialect } from 'kysely';
import type { DatabaseAccess } from './database.ts';

const FILE_NAME = 'player.sqlite';
/** How long a player that is just ending is waited for. */
const BUSY_TIMEOUT_MS = 2_000;

/**
 * Opens the file for this process alone. One that is damaged is set aside, and an empty one takes its place.
 *
 * @throws ConfigError when the folder cannot be written, or another player has the file.
 */
export function openSqlite(dataDir: string, onSetAside: (file: string) => void): DatabaseAccess {
  const file = join(dataDir, FILE_NAME);
  const driver = opened(file, onSetAside);
  return {
    dialect: new SqliteDialect({ database: driver }),
    claim: async () => {}, // the lock on the file is held until the process ends
    close: async () => {
      driver.close();
    },
  };
}

function opened(file: string, onSetAside: (file: string) => void) {
  try {
    return openSqliteFile({ file, busyMs: BUSY_TIMEOUT_MS, onSetAside });
  } catch (error) {
    if (!(error instanceof SqliteFileRefused)) throw error;
    throw new ConfigError([
      error.isTaken
        ? `${file}: another player uses this file; give each player a DATA_DIR of its own`
        : `${file}: the player's database cannot be written there (${error.code})`,
    ]);
  }
}
