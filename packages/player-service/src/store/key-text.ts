import type { RequestKey } from '@bandstand/protocol';

/** A key as every database can hold it: PostgreSQL's text has no NUL, UTF-8 no half of a surrogate pair. */
export function keyText(key: RequestKey): string {
  return JSON.stringify(key).slice(1, -1);
}

export function keyOfText(text: string): RequestKey {
  return JSON.parse(`"${text}"`) as RequestKey;
}
