const HIDDEN = '[hidden]';

/** JSON inside a log line may itself be escaped, to any depth: `"token":"x"` and `\"token\":\"x\"`. */
const QUOTE = String.raw`\\*"`;

const SECRET_FIELDS = [
  'authorization',
  'bot_?token',
  'cookie',
  'curve_?secret_?key',
  'password',
  'secret_?key',
  'session_?id',
  'token',
].join('|');

const SIGNED_PARAMETERS = [
  'access_token',
  'hm',
  'ip',
  'key',
  'lsig',
  'pot',
  'sig',
  'signature',
  'sparams',
  'spc',
  'token',
  'x-amz-[a-z-]+',
  'x-goog-[a-z-]+',
].join('|');

const RULES: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  // Discord bot token: user id in base64, timestamp, HMAC.
  [/[\w-]{23,30}\.[\w-]{6,7}\.[\w-]{27,}/g, HIDDEN],
  [/\b(Bearer|Bot|Basic)\s+[\w.~+/=-]{12,}/g, `$1 ${HIDDEN}`],
  // Tokens in paths: interaction callbacks and webhooks.
  [/(\/(?:interactions|webhooks)\/\d+\/)[\w.~-]+/g, `$1${HIDDEN}`],
  [new RegExp(`([?&;](?:${SIGNED_PARAMETERS})=)[^&;\\s"'\\\\<>]+`, 'gi'), `$1${HIDDEN}`],
  [new RegExp(`(${QUOTE}(?:${SECRET_FIELDS})${QUOTE}\\s*:\\s*${QUOTE})[^"\\\\]+`, 'gi'), `$1${HIDDEN}`],
  // What `util.inspect` prints of the same fields.
  [new RegExp(`(\\b(?:${SECRET_FIELDS}):\\s*')[^']+`, 'gi'), `$1${HIDDEN}`],
  // Credentials in front of a host.
  [/(\b[a-z][a-z\d+.-]*:\/\/)[^\s/@"]+@/gi, `$1${HIDDEN}@`],
];

/**
 * Removes secrets from one finished log line, wherever they stand: fields, message texts, error texts, escaped JSON.
 * Redaction by path alone misses most of those places.
 *
 * @param secrets - Values known to be secret in this process; they are removed whatever they look like.
 */
export function scrubLine(line: string, secrets: readonly string[] = []): string {
  let clean = line;
  for (const secret of secrets) clean = clean.replaceAll(secret, HIDDEN);
  for (const [pattern, replacement] of RULES) clean = clean.replace(pattern, replacement);
  return clean;
}
