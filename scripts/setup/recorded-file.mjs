import { statSync } from 'node:fs';

/** @typedef {{ path: string, sizeBytes: number, modifiedMs: number }} RecordedFile */

/**
 * A file as it was when its version was asked: while size and time stay, it need not be asked again.
 *
 * @param {string} path
 * @returns {RecordedFile}
 */
export function recordFile(path) {
  const { size, mtimeMs } = statSync(path);
  return { path, sizeBytes: size, modifiedMs: mtimeMs };
}

/** @param {RecordedFile} record */
export function isSameFile(record) {
  const now = statSync(record.path, { throwIfNoEntry: false });
  return now !== undefined && now.size === record.sizeBytes && now.mtimeMs === record.modifiedMs;
}
