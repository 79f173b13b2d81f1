const FIRST_MS = 500;
const LONGEST_MS = 30_000;
/** How far a wait is spread, to either side. */
const JITTER = 0.25;

/**
 * How long to wait before a rejoin: 500 ms, doubled each time, 30 s at most. Each wait is up to a quarter shorter or
 * longer, so that the guilds of a crashed voice server do not all come back at once.
 *
 * @param attempt - 1 for the first rejoin.
 * @param random - Gives [0, 1).
 */
export function backoffMs(attempt: number, random: () => number): number {
  const wholeMs = Math.min(LONGEST_MS / (1 + JITTER), FIRST_MS * 2 ** (attempt - 1));
  return wholeMs * (1 + JITTER * (2 * random() - 1));
}
