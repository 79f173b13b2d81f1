import {
  CompiledQuery,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type Kysely,
  type QueryCompiler,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { SqliteThread } from './sqlite-thread.ts';

/** Kysely on SQLite in a thread. There is one connection, for which queries and transactions wait in line. */
export class SqliteThreadDialect implements Dialect {
  readonly #thread: SqliteThread;

  constructor(thread: SqliteThread) {
    this.#thread = thread;
  }

  createAdapter(): DialectAdapter {
    return new SqliteAdapter();
  }

  createDriver(): Driver {
    return new SqliteThreadDriver(this.#thread);
  }

  createQueryCompiler(): QueryCompiler {
    return new SqliteQueryCompiler();
  }

  createIntrospector<DB>(db: Kysely<DB>): DatabaseIntrospector {
    return new SqliteIntrospector(db);
  }
}

class SqliteThreadDriver implements Driver {
  readonly #connection: SqliteThreadConnection;

  constructor(thread: SqliteThread) {
    this.#connection = new SqliteThreadConnection(thread);
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }

  beginTransaction(): Promise<void> {
    return this.#connection.begin();
  }

  commitTransaction(): Promise<void> {
    return this.#connection.end('commit');
  }

  rollbackTransaction(): Promise<void> {
    return this.#connection.end('rollback');
  }

  async releaseConnection(): Promise<void> {}

  /** The thread is closed by whoever opened it. */
  async destroy(): Promise<void> {}
}

class SqliteThreadConnection implements DatabaseConnection {
  readonly #thread: SqliteThread;
  #isInside = false;

  constructor(thread: SqliteThread) {
    this.#thread = thread;
  }

  async begin(): Promise<void> {
    await this.executeQuery(CompiledQuery.raw('begin'));
    this.#isInside = true;
  }

  async end(how: 'commit' | 'rollback'): Promise<void> {
    await this.executeQuery(CompiledQuery.raw(how)).finally(() => {
      // What failed to commit is still to be rolled back; what failed to be rolled back is gone.
      if (how === 'rollback') this.#isInside = false;
    });
    this.#isInside = false;
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, changes, insertId } = await this.#thread.run({ sql, parameters }, this.#isInside);
    return {
      rows: rows as R[],
      ...(insertId !== undefined && { insertId: BigInt(insertId) }),
      ...(changes !== undefined && { numAffectedRows: BigInt(changes) }),
    };
  }

  // biome-ignore lint/correctness/useYield: a generator by its interface
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('bug: rows are not streamed from the database thread');
  }
}
