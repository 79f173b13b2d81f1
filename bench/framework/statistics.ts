export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** @param share - 0 to 1. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** The median of one measure over repetitions. */
export function medianOf<T>(repetitions: readonly T[], measure: (repetition: T) => number): number {
  return median(repetitions.map(measure));
}
