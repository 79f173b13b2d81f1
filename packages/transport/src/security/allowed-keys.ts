import { readFileSync } from 'node:fs';
import { decodeKey } from './z85.ts';

/**
 * Reads the list of clients that may connect: one public key in Z85 per line, `#` begins a comment after white space or at
 * the start (`#` is also a Z85 character). An empty list lets nobody in.
 *
 * @throws {@link Error} naming the file and the line.
 */
export function readAllowedKeys(file: string): ReadonlySet<string> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Error(`key list ${file} cannot be read: ${(cause as NodeJS.ErrnoException).code}`, { cause });
  }
  const keys = new Set<string>();
  for (const [index, line] of text.split('\n').entries()) {
    const trimmed = line.trim();
    // A key may itself begin with '#', so a line of exactly one key is a key.
    const key = isKey(trimmed) ? trimmed : trimmed.replace(/(^|\s+)#.*$/, '').trim();
    if (key === '') continue;
    try {
      decodeKey(key);
    } catch (cause) {
      throw new Error(`key list ${file}, line ${index + 1}: ${(cause as Error).message}`, { cause });
    }
    keys.add(key);
  }
  return keys;
}

function isKey(text: string): boolean {
  return text.length === 40 && !/\s/.test(text) && text.startsWith('#');
}
