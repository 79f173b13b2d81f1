import { join } from 'node:path';
import { ConfigError } from '@bandstand/service-kit';
import type { DatabaseAccess } from '../database.ts';
import { type Opening, SqliteThread } from './sqlite-thread.ts';
import { SqliteThreadDialect } from './sqlite-thread-dialect.ts';

const FILE_NAME = 'player.sqlite';
/** How long a player that is just ending is waited for. */
const BUSY_TIMEOUT_MS = 2_000;

/**
 * Opens the file for this process alone, on a thread of its own. One that is damaged is set aside, and an empty one takes its place.
 *
 * @throws ConfigError when the folder cannot be written, or another player has the file.
 */
export async function openSqlite(
  dataDir: string,
  onSetAside: (file: string) => void,
): Promise<DatabaseAccess> {
  const file = join(dataDir, FILE_NAME);
  const thread = new SqliteThread({ file, busyMs: BUSY_TIMEOUT_MS });
  let opening: Opening;
  try {
    opening = await thread.open();
    if (opening.type === 'refused') throw refusal(file, opening);
  } catch (error) {
    await thread.close();
    throw error;
  }
  if (opening.setAside !== undefined) onSetAside(opening.setAside);
  return {
    dialect: new SqliteThreadDialect(thread),
    write: (statements) => thread.write(statements),
    claim: async () => {}, // the lock on the file is held until the process ends
    close: () => thread.close(),
  };
}

function refusal(file: string, { isTaken, code }: Extract<Opening, { type: 'refused' }>): ConfigError {
  return new ConfigError([
    isTaken
      ? `${file}: another player uses this file; give each player a DATA_DIR of its own`
      : `${file}: the player's database cannot be written there (${code})`,
  ]);
}
