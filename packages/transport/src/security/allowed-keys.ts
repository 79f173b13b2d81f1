import { readFileSync } from 'node:fs';
import { decodeKey } from './z85.ts';

/**
 * Reads the list of clients that may connect: one public key in Z85 per line. `#` begins a comment at the start of a line or
 * after white space; elsewhere it is a character of the key. (No key begins with it: five characters would exceed 32 bits.)
 * An empty list lets nobody in.
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
    const key = line.replace(/(^|\s)#.*$/, '').trim();
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
