export interface Sample {
  readonly atMs: number;
  readonly value: number;
}

/** Least-squares slope, in units of the value per hour; 0 with fewer than two samples. */
export function slopePerHour(samples: readonly Sample[]): number {
  const count = samples.length;
  if (count < 2) return 0;
  const meanAtMs = samples.reduce((sum, { atMs }) => sum + atMs, 0) / count;
  const meanValue = samples.reduce((sum, { value }) => sum + value, 0) / count;
  let covariance = 0;
  let variance = 0;
  for (const { atMs, value } of samples) {
    covariance += (atMs - meanAtMs) * (value - meanValue);
    variance += (atMs - meanAtMs) ** 2;
  }
  return variance === 0 ? 0 : (covariance / variance) * 3_600_000;
}
