/**
 * Controls, bidirectional overrides, zero-width and other invisible characters, and tags: they hide or reorder what
 * people read, and a title never needs them. The selectors that choose an emoji's shape stay.
 */
const INVISIBLE = /[[\p{Cc}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]--[\ufe00-\ufe0f]]/gv;

/** Towers of combining marks that spill over other lines; three are enough for any language. */
const MARK_TOWER = /(\p{M}{3})\p{M}+/gu;

/** Everything that Discord's markdown, mentions, timestamps and masked links are made of. */
const MARKDOWN = /[\\`*_~|<>()[\]#@]/;

/**
 * Foreign text on one line, for places without markdown: button labels, autocomplete choices, footers, author names.
 *
 * @param maxCharacters - In UTF-16 units, as Discord counts.
 */
export function plainText(raw: string, maxCharacters: number): string {
  return clip([...clean(raw)], maxCharacters);
}

/**
 * Foreign text that reads literally where Discord applies markdown: nothing in it formats, mentions, links or pings.
 * It is clipped after escaping, never between a backslash and its character.
 *
 * @param maxCharacters - Of the escaped text, in UTF-16 units.
 */
export function markdownText(raw: string, maxCharacters: number): string {
  return clip(escaped([...clean(raw)]), maxCharacters);
}

function clean(raw: string): string {
  return raw
    .toWellFormed()
    .replace(/[\n\r\t\u2028\u2029]/g, ' ')
    .replace(INVISIBLE, '')
    .replace(MARK_TOWER, '$1')
    .replace(/\s+/g, ' ')
    .trim();
}

function escaped(characters: readonly string[]): string[] {
  const isList = /^(?:[-+]|\d+\.) /.test(characters.slice(0, 12).join(''));
  let listMarker = isList;
  return characters.map((character, index) => {
    if (MARKDOWN.test(character)) return `\\${character}`;
    // `https://…` would become a link by itself.
    if (character === ':' && characters[index + 1] === '/') return '\\:';
    if (listMarker && /[-+.]/.test(character)) {
      listMarker = false;
      return `\\${character}`;
    }
    return character;
  });
}

function clip(pieces: readonly string[], maxCharacters: number): string {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  if (length <= maxCharacters) return pieces.join('');

  let text = '';
  for (const piece of pieces) {
    if (text.length + piece.length > maxCharacters - 1) break;
    text += piece;
  }
  return `${text.trimEnd()}…`;
}
