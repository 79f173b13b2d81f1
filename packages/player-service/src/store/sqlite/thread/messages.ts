/** `workerData` of the thread. */
export interface SqliteSettings {
  readonly file: string;
  /** How long another process that has the file is waited for. */
  readonly busyMs: number;
}

export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

export type SqliteJob =
  | { readonly type: 'open' }
  /** @param isInside - Whether a transaction was begun before: a thread that began anew does not know of it. */
  | { readonly type: 'run'; readonly statement: Statement; readonly isInside: boolean }
  /** All of it or nothing. */
  | { readonly type: 'write'; readonly statements: readonly Statement[] };

export type SqliteAnswer =
  /** @param setAside - The new name of a damaged file, which an empty one replaced. */
  | { readonly type: 'opened'; readonly setAside: string | undefined }
  | {
      readonly type: 'result';
      readonly rows: readonly unknown[];
      /** Absent for what reads. */
      readonly changes?: number;
      readonly insertId?: number | bigint;
    }
  | { readonly type: 'written' }
  /** The file cannot be used. */
  | { readonly type: 'refused'; readonly isTaken: boolean; readonly code: string }
  /** SQLite took nothing of it. @param code - Its word for why, as `SQLITE_FULL`. */
  | { readonly type: 'failed'; readonly code: string; readonly message: string };
