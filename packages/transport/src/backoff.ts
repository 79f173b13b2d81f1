const BASE_MS = 50;
const CAP_MS = 1_000;

/**
 * How long to wait before the next try: anything up to 50 ms, 100 ms, 200 ms ... 1 s ("full jitter"), so that clients which
 * failed together do not come back together.
 *
 * @param failures - At least 1.
 * @param random - In [0, 1).
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backoffMs(failures: number, random: () => number): number {
  return random() * Math.min(CAP_MS, BASE_MS * 2 ** (failures - 1));
}
