import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import SqliteDriver from 'better-sqlite3';

const DAMAGED: readonly string[] = ['SQLITE_NOTADB', 'SQLITE_CORRUPT'];

export interface SqliteFileOptions {
  /** Its folder is made when absent. */
  readonly file: string;
  /** How long another process, which is perhaps just ending, is waited for. */
  readonly busyMs: number;
  /** Told the new name of a damaged file, which an empty one replaced. */
  readonly onSetAside: (file: string) => void;
}

/** The file cannot be used, and starting again will not help. */
export class SqliteFileRefused extends Error {
  override readonly name = 'SqliteFileRefused';
  /** Another process has it. */
  readonly isTaken: boolean;
  /** SQLite's word for why, or the system's. */
  readonly code: string;

  constructor(file: string, cause: unknown) {
    const code = codeOf(cause);
    super(`${file}: ${code}`, { cause });
    this.isTaken = code.startsWith('SQLITE_BUSY');
    this.code = code;
  }
}

/**
 * Opens a database file for this process alone: nobody else gets in until it is closed. What was acknowledged is on the disk
 * (write-ahead log, `synchronous = FULL`). A file that is damaged is set aside under another name, and an empty one takes its place.
 *
 * @throws {@link SqliteFileRefused}
 * @see https://www.sqlite.org/pragma.html#pragma_locking_mode
 */
export function openSqliteFile(options: SqliteFileOptions): SqliteDriver.Database {
  const { file } = options;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    return openOrReplace(options);
  } catch (error) {
    throw new SqliteFileRefused(file, error);
  }
}

function openOrReplace({ file, busyMs, onSetAside }: SqliteFileOptions): SqliteDriver.Database {
  try {
    return open(file, busyMs);
  } catch (error) {
    if (!DAMAGED.some((code) => codeOf(error).startsWith(code))) throw error;
    onSetAside(setAside(file));
    return open(file, busyMs);
  }
}

function open(file: string, busyMs: number): SqliteDriver.Database {
  const driver = new SqliteDriver(file, { timeout: busyMs });
  try {
    driver.pragma('locking_mode = EXCLUSIVE'); // before WAL: then no shared memory, and one process per file
    driver.pragma('journal_mode = WAL');
    driver.pragma('synchronous = FULL');
    driver.pragma('foreign_keys = ON');
    driver.exec('BEGIN IMMEDIATE; COMMIT'); // takes the lock, and shows whether the file can be written
    const verdict = driver.pragma('quick_check(1)', { simple: true });
    if (verdict !== 'ok')
      throw Object.assign(new Error(`quick_check: ${String(verdict)}`), { code: 'SQLITE_CORRUPT' });
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
