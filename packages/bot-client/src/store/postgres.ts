import { type Dialect, PostgresDialect } from 'kysely';
import { Pool } from 'pg';

/** What the bot writes is little; more connections would only be taken from others. */
const CONNECTIONS = 4;
/** Whoever waits longer than this for the database is told that it failed, and may try again. */
const DEADLINE_MS = 5_000;

/**
 * A few connections to PostgreSQL. One that breaks (the server restarts) is replaced when it is needed next.
 *
 * @param url - `postgres://…`, with libpq's parameters such as `sslmode`.
 * @param onConnectionLost - Told of connections that broke while nobody used them.
 */
export function postgresDialect(url: string, onConnectionLost: (error: Error) => void): Dialect {
  const pool = new Pool({
    connectionString: url,
    application_name: 'bandstand bot-client',
    max: CONNECTIONS,
    connectionTimeoutMillis: DEADLINE_MS,
    query_timeout: DEADLINE_MS,
    keepAlive: true,
  });
  pool.on('error', onConnectionLost);
  return new PostgresDialect({ pool });
}
