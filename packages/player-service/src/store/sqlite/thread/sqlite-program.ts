import { workerData } from 'node:worker_threads';
import { openSqliteFile, SqliteFileRefused } from '@bandstand/service-kit';
import SqliteDriver from 'better-sqlite3';
import { LRUCache } from 'lru-cache';
import { serveJobs } from '../../../threads/serve-jobs.ts';
import type { SqliteAnswer, SqliteJob, SqliteSettings, Statement } from './messages.ts';

/** The thread that has the database: SQLite does its work, and waits for the disk, in the call. */
const { file, busyMs }: SqliteSettings = workerData;
const PREPARED_STATEMENTS = 100;
const prepared = new LRUCache<string, SqliteDriver.Statement>({ max: PREPARED_STATEMENTS });
let setAside: string | undefined;
let database: SqliteDriver.Database | undefined;

serveJobs<SqliteJob, SqliteAnswer>({
  work: async (job) => answerTo(job),
  close: async () => void database?.close(),
});

function answerTo(job: SqliteJob): SqliteAnswer {
  try {
    database ??= openSqliteFile({
      file,
      busyMs,
      onSetAside: (name) => {
        setAside = name;
      },
    });
    return done(job, database);
  } catch (error) {
    if (error instanceof SqliteFileRefused) {
      const { isTaken, code } = error;
      return { type: 'refused', isTaken, code };
    }
    if (!(error instanceof SqliteDriver.SqliteError)) throw error;
    return { type: 'failed', code: error.code, message: error.message };
  }
}

function done(job: SqliteJob, driver: SqliteDriver.Database): SqliteAnswer {
  switch (job.type) {
    case 'open':
      return { type: 'opened', setAside };
    case 'run':
      if (driver.inTransaction !== job.isInside)
        throw new SqliteDriver.SqliteError('the transaction ended before its time', 'SQLITE_ABORT');
      return run(job.statement, driver);
    case 'write':
      driver.transaction(() => {
        for (const statement of job.statements) run(statement, driver);
      })();
      return { type: 'written' };
  }
}

function run({ sql, parameters }: Statement, driver: SqliteDriver.Database): SqliteAnswer {
  let statement = prepared.get(sql);
  if (statement === undefined) {
    statement = driver.prepare(sql);
    prepared.set(sql, statement);
  }
  if (statement.reader) return { type: 'result', rows: statement.all(parameters) };
  const { changes, lastInsertRowid } = statement.run(parameters);
  return { type: 'result', rows: [], changes, insertId: lastInsertRowid };
}
