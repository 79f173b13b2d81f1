/** Rows in one statement: databases limit the parameters of one. */
const ROWS = 200;

export function* inChunks<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += ROWS) yield items.slice(start, start + ROWS);
}
