import { isPostgresRefusal } from '@bandstand/service-kit';
import { type Dialect, Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import { DatabaseRefused } from './database-refused.ts';
import { migrationProvider } from './migrations.ts';
import { postgresDialect } from './postgres.ts';
import type { BotSchema } from './schema.ts';
import { sqliteDialect } from './sqlite.ts';

export type BotDatabase = Kysely<BotSchema>;

/** The player may keep its tables in the same database. */
const MIGRATION_TABLES = {
  migrationTableName: 'bot_migrations',
  migrationLockTableName: 'bot_migrations_lock',
};

export interface DatabaseOptions {
  /** `postgres://…`; `null` = a file of its own in `dataDir`. */
  readonly url: string | null;
  /** A folder, made when absent, or `:memory:`. */
  readonly dataDir: string;
  /** A damaged file was replaced by an empty one; it is kept under this name. */
  readonly onSetAside?: ((file: string) => void) | undefined;
  /** A connection to PostgreSQL broke while nobody used it. */
  readonly onConnectionLost?: ((error: Error) => void) | undefined;
}

/**
 * Opens the bot's database, brought up to the newest schema.
 *
 * @throws {@link DatabaseRefused} when it cannot be used as it is; another Error when it cannot be reached.
 */
export async function openDatabase(options: DatabaseOptions): Promise<BotDatabase> {
  const db = new Kysely<BotSchema>({ dialect: dialectOf(options) });
  try {
    await migrate(db);
    return db;
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

function dialectOf({ url, dataDir, onSetAside, onConnectionLost }: DatabaseOptions): Dialect {
  return url === null
    ? sqliteDialect(dataDir, onSetAside ?? (() => {}))
    : postgresDialect(url, onConnectionLost ?? (() => {}));
}

async function migrate(db: BotDatabase): Promise<void> {
  const migrator = new Migrator({ db, provider: migrationProvider, ...MIGRATION_TABLES });
  let error: unknown;
  try {
    ({ error } = await migrator.migrateToLatest());
  } catch (thrown) {
    error = thrown;
  }
  if (error === undefined) return;
  const { message } = error as Error;
  if (isPostgresRefusal(error))
    throw new DatabaseRefused(`the bot's database cannot be used: ${message}`, { cause: error });
  if (message.startsWith('corrupted migrations'))
    throw new DatabaseRefused("the bot's database was written by a newer bot; nothing in it was changed", {
      cause: error,
    });
  throw new Error("the bot's database cannot be brought up to date", { cause: error });
}
