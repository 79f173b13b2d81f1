const UTF_8 = new TextDecoder('utf-8', { fatal: true });
/** By its name in the encoding standard this is Windows-1252, which has all of Latin-1 and the quotes people use. */
const LATIN_1 = new TextDecoder('latin1');

/**
 * The title in a block of ICY metadata, `StreamTitle='…';StreamUrl='…';`. Quotes inside the title are not escaped by
 * anybody, so it goes up to the quote before the next name, or before the end.
 *
 * @returns As the server sent it, not cleaned; `''` when it says that there is none, `undefined` when it says nothing of it.
 */
export function streamTitle(block: Buffer): string | undefined {
  const end = block.indexOf(0);
  const text = decoded(end === -1 ? block : block.subarray(0, end));
  return /StreamTitle='(.*?)'(?:;\s*[A-Za-z]\w*='|;?\s*$)/s.exec(text)?.[1];
}

/** UTF-8 where the bytes can be it, else Latin-1: the protocol says neither. */
export function decoded(bytes: Buffer): string {
  try {
    return UTF_8.decode(bytes);
  } catch {
    return LATIN_1.decode(bytes); // takes every byte
  }
}
