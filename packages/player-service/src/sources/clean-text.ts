/** Controls, separators and characters that reorder text; see `query.ts`. */
const UNWANTED =
  /[\p{Cc}\u2028\u2029\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]+/gu;

/**
 * Text from a site, made harmless to store and to show: one line, no reordering characters, well-formed, bounded.
 * What remains is still not to be trusted as markup.
 *
 * @returns `undefined` for anything but a string with something visible in it.
 */
export function cleanText(value: unknown, maxCharacters: number): string | undefined {
  if (typeof value !== 'string') return undefined;
  // Cut before cleaning: a title of megabytes costs nothing. Twice the limit leaves room for what is removed.
  const text = value
    .slice(0, maxCharacters * 2)
    .toWellFormed()
    .replace(UNWANTED, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, maxCharacters)
    .toWellFormed();
  return text === '' ? undefined : text;
}

/** An absolute http or https URL within the wire's limit, or `undefined`. */
export function cleanUrl(value: unknown, maxCharacters: number): string | undefined {
  if (typeof value !== 'string' || value.length > maxCharacters) return undefined;
  const url = URL.parse(value);
  if (url === null || !/^https?:$/.test(url.protocol) || url.href.length > maxCharacters) return undefined;
  return url.href;
}
