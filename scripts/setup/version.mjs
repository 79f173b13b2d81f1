/**
 * Orders dotted versions by their numbers, so that 2026.07.04 equals pip's 2026.7.4. A missing part counts as 0.
 *
 * @param {string} left
 * @param {string} right
 * @returns {number} negative, 0 or positive
 */
export function compareVersions(left, right) {
  const a = left.split('.').map(Number);
  const b = right.split('.').map(Number);
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * @param {string} version
 * @param {string} minimum
 */
export function isAtLeast(version, minimum) {
  return compareVersions(version, minimum) >= 0;
}

/**
 * The version in what `yt-dlp --version` printed. Anything but a bare release date is refused: a wrapper, a fork or an
 * error text that happens to hold digits must not pass as yt-dlp.
 *
 * @param {string} output
 * @returns {string | undefined}
 */
export function parseYtDlpVersion(output) {
  return /^(\d{4}\.\d{1,2}\.\d{1,2}(?:\.\d+)?)\s*$/.exec(output)?.[1];
}

/**
 * The version in the first line of `ffmpeg -version`. A build from git has none; it is newer than every release line
 * that matters here and reads as 999.
 *
 * @param {string} output
 * @returns {string | undefined}
 */
export function parseFfmpegVersion(output) {
  const word = /^ff(?:mpeg|probe) version (\S+)/.exec(output)?.[1];
  if (word === undefined) return undefined;
  if (/^(?:N-|git-|\d{4}-\d{2}-\d{2})/.test(word)) return '999';
  return /^n?(\d+(?:\.\d+)*)/.exec(word)?.[1];
}
