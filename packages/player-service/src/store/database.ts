import { PlayerError } from '@bandstand/protocol';
import { ConfigError } from '@bandstand/service-kit';
import type {
  Compilable,
  CompiledQuery,
  Dialect,
  Kysely,
  Transaction as KyselyTransaction,
  QueryCreator,
} from 'kysely';
import { Kysely as KyselyDatabase } from 'kysely';
import { Migrator } from 'kysely/migration';
import { MIGRATION_TABLES, migrationProvider, SCHEMA_VERSIONS } from './migrations.ts';
import { openPostgres } from './postgres.ts';
import type { PlayerSchema } from './schema.ts';
import { openSqlite } from './sqlite/open-sqlite.ts';

export type Transaction = KyselyTransaction<PlayerSchema>;

/** What statements are made with. */
export type Statements = QueryCreator<PlayerSchema>;

/** What a kind of database brings along besides its dialect. */
export interface DatabaseAccess {
  readonly dialect: Dialect;
  /** All of them or none, in one go, where that spares waiting for each; on the connection that the dialect uses. */
  readonly write?: (statements: readonly CompiledQuery[]) => Promise<void>;
  /** Makes sure that no other player writes here. Rejects when that is not so, or the database is away. */
  readonly claim: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface DatabaseOptions {
  /** `postgres://…`; without it an SQLite file in `dataDir`. */
  readonly url?: string | undefined;
  readonly dataDir: string;
  /** Told the new name of a damaged file, which an empty one replaced. */
  readonly onSetAside: (file: string) => void;
  /** The database went away, or came back. */
  readonly onAvailable: (available: boolean, cause?: unknown) => void;
}

/** The player's database, brought up to the newest schema. Every failure to use it is `STORE_UNAVAILABLE`. */
export class PlayerDatabase implements AsyncDisposable {
  readonly #access: DatabaseAccess;
  readonly #onAvailable: DatabaseOptions['onAvailable'];
  readonly #db: Kysely<PlayerSchema>;
  #available = true;

  /**
   * @throws ConfigError when a restart alone will not help: no place to write, another player at work, a newer schema.
   * @throws the driver's error when the database cannot be reached for now.
   */
  static async open(options: DatabaseOptions): Promise<PlayerDatabase> {
    const { url, dataDir, onSetAside, onAvailable } = options;
    const access = url === undefined ? await openSqlite(dataDir, onSetAside) : await openPostgres(url);
    const database = new PlayerDatabase(access, onAvailable);
    try {
      await migrate(database.#db);
      return database;
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  private constructor(access: DatabaseAccess, onAvailable: DatabaseOptions['onAvailable']) {
    this.#access = access;
    this.#onAvailable = onAvailable;
    this.#db = new KyselyDatabase<PlayerSchema>({ dialect: access.dialect });
  }

  /** Whether the last use succeeded. */
  get available(): boolean {
    return this.#available;
  }

  /**
   * Statements that are known before the first of them is done: all of it or nothing.
   *
   * @throws {@link PlayerError} `STORE_UNAVAILABLE`
   */
  write(compose: (statements: Statements) => Iterable<Compilable>): Promise<void> {
    const queries = Array.from(compose(this.#db), (statement) => statement.compile());
    const { write } = this.#access;
    return this.#use(() =>
      write === undefined
        ? this.#db.transaction().execute(async (tx) => {
            for (const query of queries) await tx.executeQuery(query);
          })
        : this.#db.connection().execute(() => write(queries)),
    );
  }

  /** All of it or nothing. @throws {@link PlayerError} `STORE_UNAVAILABLE` */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#use(() => this.#db.transaction().execute(work));
  }

  /** @throws {@link PlayerError} `STORE_UNAVAILABLE` */
  read<T>(work: (db: Kysely<PlayerSchema>) => Promise<T>): Promise<T> {
    return this.#use(() => work(this.#db));
  }

  async close(): Promise<void> {
    await this.#db.destroy();
    await this.#access.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #use<T>(work: () => Promise<T>): Promise<T> {
    try {
      await this.#access.claim();
      const result = await work();
      this.#report(true);
      return result;
    } catch (cause) {
      this.#report(false, cause);
      throw new PlayerError('STORE_UNAVAILABLE', 'the database took nothing', { cause });
    }
  }

  #report(available: boolean, cause?: unknown): void {
    if (available === this.#available) return;
    this.#available = available;
    this.#onAvailable(available, cause);
  }
}

async function migrate(db: Kysely<PlayerSchema>): Promise<void> {
  const unknown = (await appliedMigrations(db)).filter((name) => !SCHEMA_VERSIONS.includes(name));
  if (unknown.length > 0) {
    throw new ConfigError([
      `the player's database has a newer schema (${unknown.join(', ')}) than this version knows; run the newer version, or another DATA_DIR or DATABASE_URL`,
    ]);
  }
  const migrator = new Migrator({ db, provider: migrationProvider, ...MIGRATION_TABLES });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}

async function appliedMigrations(db: Kysely<PlayerSchema>): Promise<string[]> {
  const { migrationTableName } = MIGRATION_TABLES;
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === migrationTableName)) return [];
  const rows = await db
    .withTables<{ player_migrations: { name: string } }>()
    .selectFrom('player_migrations')
    .select('name')
    .execute();
  return rows.map(({ name }) => name);
}
