import { LIMITS, PlayerError } from '@bandstand/protocol';

/** What the user typed, understood. `text` is what goes on to a source: trimmed, and for a URL in its one canonical, ASCII spelling. */
export type Query =
  | { readonly type: 'url'; readonly text: string; readonly url: URL }
  /** A file under the music root, by its relative path. */
  | { readonly type: 'file'; readonly text: string }
  | { readonly type: 'words'; readonly text: string };

/**
 * C0 and C1 controls, line and paragraph separators, and everything that reorders text (so that a log or a message
 * shows something else than what is there). Joiners inside emoji and Persian words stay.
 */
const FORBIDDEN =
  /[\p{Cc}\u2028\u2029\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]/u;
const SCHEME = /^(?<scheme>[a-z][a-z0-9+.-]*):\/\//i;
/** Discord users write `<https://…>` to keep a link from being shown large. */
const IN_BRACKETS = /^<(?<inner>[^<>\s]+)>$/;
const AUDIO_FILE = /\.(?:mp3|m4a|aac|opus|ogg|oga|flac|wav|webm|mka|mp4)$/i;

/**
 * The one parser of what users type. Prefixes with a meaning to yt-dlp (`ytsearch99:`, `:ytfav`) are words like any other.
 *
 * @throws {@link PlayerError} `QUERY_INVALID`, or `UNSUPPORTED_URL` for a scheme other than http and https.
 */
export function parseQuery(typed: string): Query {
  if (typed.length > LIMITS.urlCharacters) throw invalid('it is too long');
  const trimmed = typed.trim();
  const text = IN_BRACKETS.exec(trimmed)?.groups?.['inner'] ?? trimmed;
  if (text === '') throw invalid('it is empty');
  if (!text.isWellFormed() || FORBIDDEN.test(text)) throw invalid('it holds forbidden characters');

  const scheme = SCHEME.exec(text)?.groups?.['scheme'];
  if (scheme !== undefined) return parseUrl(text, scheme);
  if (text.length > LIMITS.queryCharacters) throw invalid('it is too long');
  return { type: AUDIO_FILE.test(text) ? 'file' : 'words', text };
}

/** The same question without an exception, for `accepts`. */
export function tryParseQuery(typed: string): Query | undefined {
  try {
    return parseQuery(typed);
  } catch {
    return undefined; // `load` of the same text tells why
  }
}

function parseUrl(text: string, scheme: string): Query {
  if (!/^https?$/i.test(scheme)) {
    throw new PlayerError('UNSUPPORTED_URL', 'only http and https URLs are taken', {
      details: { scheme: scheme.slice(0, 32) },
    });
  }
  const url = URL.parse(text);
  if (url === null || url.hostname === '') throw invalid('it is not a complete URL');
  if (url.username !== '' || url.password !== '') throw invalid('the URL holds a user name or password');
  url.hash = '';
  if (url.href.length > LIMITS.urlCharacters) throw invalid('it is too long');
  return { type: 'url', text: url.href, url };
}

function invalid(reason: string): PlayerError {
  return new PlayerError('QUERY_INVALID', `the query was refused: ${reason}`, { details: { reason } });
}
