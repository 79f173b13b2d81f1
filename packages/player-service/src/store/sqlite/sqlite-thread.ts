import SqliteDriver from 'better-sqlite3';
import { JobThread } from '../../threads/job-thread.ts';
import type { SqliteAnswer, SqliteJob, SqliteSettings, Statement } from './thread/messages.ts';

export type StatementResult = Extract<SqliteAnswer, { type: 'result' }>;

export type Opening = Extract<SqliteAnswer, { type: 'opened' | 'refused' }>;

const ENTRY = new URL('./thread/sqlite-program.ts', import.meta.url);
/** A queue of 5,000 entries that is read back takes a few megabytes. */
const MAX_HEAP_MB = 512;
const START_DEADLINE_MS = 10_000;
/** Far beyond a disk that is slow; a thread that hangs is replaced, which opens the file again. */
const ANSWER_DEADLINE_MS = 60_000;

/**
 * A thread that has the database: a disk that takes its time to flush holds up who waits for the commit, and nothing that is
 * played. One at a time, in the order in which it was asked.
 */
export class SqliteThread {
  readonly #thread: JobThread<SqliteJob, SqliteAnswer>;
  readonly #never = new AbortController().signal;

  constructor(settings: SqliteSettings) {
    this.#thread = new JobThread({
      name: 'database',
      entry: ENTRY,
      settings,
      maxHeapMb: MAX_HEAP_MB,
      startDeadlineMs: START_DEADLINE_MS,
      answerDeadlineMs: ANSWER_DEADLINE_MS,
      failureCode: 'STORE_UNAVAILABLE',
      onProblem: () => {}, // whoever waited is told, and tells
    });
  }

  async open(): Promise<Opening> {
    const answer = await this.#thread.run({ type: 'open' }, this.#never);
    if (answer.type === 'opened' || answer.type === 'refused') return answer;
    throw failureOf(answer);
  }

  /** @throws SqliteError */
  async run(statement: Statement, isInside: boolean): Promise<StatementResult> {
    const answer = await this.#thread.run({ type: 'run', statement, isInside }, this.#never);
    if (answer.type === 'result') return answer;
    throw failureOf(answer);
  }

  /** All of it or nothing, in one go. @throws SqliteError */
  async write(statements: readonly Statement[]): Promise<void> {
    const answer = await this.#thread.run({ type: 'write', statements }, this.#never);
    if (answer.type !== 'written') throw failureOf(answer);
  }

  /** Closes the file. */
  close(): Promise<void> {
    return this.#thread.close();
  }
}

function failureOf(answer: SqliteAnswer): Error {
  if (answer.type === 'failed') return new SqliteDriver.SqliteError(answer.message, answer.code);
  if (answer.type === 'refused') return new SqliteDriver.SqliteError('the file cannot be used', answer.code);
  return new Error(`bug: the database thread answers with ${answer.type}`);
}
