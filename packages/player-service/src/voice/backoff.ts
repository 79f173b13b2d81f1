const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/**
 * How long to wait before a rejoin: 500 ms, doubled each time, 30 s at most. The jitter takes up to half away and never
 * adds, so that the guilds of a crashed voice server do not all come back at once.
 *
 * @param attempt - 1 for the first rejoin.
 * @param random - Gives [0, 1).
 */
export function backoffMs(attempt: number, random: () => number): number {
  const wholeMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1));
  return wholeMs * (1 - random() / 2);
}
