import { ConfigError, isPostgresRefusal } from '@bandstand/service-kit';
import { PostgresDialect } from 'kysely';
import pg from 'pg';
import type { DatabaseAccess } from './database.ts';

/** A database that does not answer must not hold a command longer than its caller waits. */
const DEADLINES = {
  connectionTimeoutMillis: 2_000,
  query_timeout: 3_000,
  statement_timeout: 3_000,
  idle_in_transaction_session_timeout: 5_000,
};
const CONNECTIONS = 8;
/** Names the lock "a player works here"; any number, the same in every version. */
const LOCK_ID = 8_223_372;
/** A player killed a moment ago holds its lock until the server notices. */
const LOCK_TRIES = { count: 10, everyMs: 500 };

/**
 * Opens a pool, and claims the database for this player alone.
 *
 * @throws ConfigError when the server refuses us, or another player uses the database.
 * @throws the driver's error when the server cannot be reached.
 */
export async function openPostgres(url: string): Promise<DatabaseAccess> {
  const config: pg.ClientConfig = {
    connectionString: url,
    ...DEADLINES,
    application_name: 'bandstand-player',
    keepAlive: true,
    types: { getTypeParser: (oid, format) => parserOf(oid, format) },
  };
  const claim = new Claim(config);
  try {
    await claim.take(LOCK_TRIES.count);
  } catch (error) {
    if (!isPostgresRefusal(error)) throw error;
    const { code } = error as { readonly code: string };
    throw new ConfigError([`DATABASE_URL: PostgreSQL refuses the player (${code})`]);
  }
  const pool = new pg.Pool({ ...config, max: CONNECTIONS });
  // A connection that breaks is told to whoever uses it; without a listener it would end the process besides.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return {
    dialect: new PostgresDialect({ pool }), // closes the pool
    claim: () => claim.take(1),
    close: () => claim.release(),
  };
}

/** An advisory lock on a connection of its own: it falls with the connection, and is taken again before the next write. */
class Claim {
  readonly #config: pg.ClientConfig;
  #client: pg.Client | undefined;
  #taking: Promise<void> | undefined;

  constructor(config: pg.ClientConfig) {
    this.#config = config;
  }

  /** @throws ConfigError when another player holds it. */
  async take(tries: number): Promise<void> {
    if (this.#client !== undefined) return;
    this.#taking ??= this.#take(tries).finally(() => {
      this.#taking = undefined;
    });
    await this.#taking;
  }

  async release(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => undefined); // it is gone already
  }

  async #take(tries: number): Promise<void> {
    const client = new pg.Client(this.#config);
    client.on('error', () => {});
    client.once('end', () => {
      if (this.#client === client) this.#client = undefined;
    });
    await client.connect();
    try {
      for (let left = tries; !(await lock(client)); left--) {
        if (left <= 1) throw new ConfigError(['DATABASE_URL: another player uses this database']);
        await new Promise((resolve) => setTimeout(resolve, LOCK_TRIES.everyMs));
      }
      this.#client = client;
    } catch (error) {
      await client.end().catch(() => undefined); // the error at hand says why
      throw error;
    }
  }
}

async function lock(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>('select pg_try_advisory_lock($1) as locked', [
    LOCK_ID,
  ]);
  return rows[0]?.locked === true;
}

/** Counts and times fit a double; text would have to be converted at every place. */
function parserOf(oid: number, format: 'text' | 'binary' | undefined): (value: string) => unknown {
  if (oid === pg.types.builtins.INT8) return Number;
  return pg.types.getTypeParser(oid, format as 'text');
}
