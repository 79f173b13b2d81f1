/** Samples on each side of the gap that an interpolated value is made of. */
export const REACH = 6;
const TAPS = 2 * REACH;
const POINTS = 3;

/** For the points a quarter, half and three quarters of the way: weights of the samples around, a sinc under a Hann window. */
const WEIGHTS = Float64Array.from({ length: POINTS * TAPS }, (_, i) => {
  const point = (Math.floor(i / TAPS) + 1) / (POINTS + 1);
  const distance = (i % TAPS) - (REACH - 1) - point;
  const window = Math.cos((Math.PI * distance) / (2 * (REACH + 0.5))) ** 2;
  return (Math.sin(Math.PI * distance) / (Math.PI * distance)) * window;
});

/**
 * The highest level of one channel of interleaved samples on the way from sample `at` (an index into the array) to the next,
 * both ends left out: four-fold oversampling. `REACH - 1` samples before and `REACH` after must be there.
 */
export function peakBetween(samples: Float32Array, at: number, channels: number): number {
  const first = at - (REACH - 1) * channels;
  let quarter = 0;
  let half = 0;
  let threeQuarters = 0;
  for (let tap = 0; tap < TAPS; tap++) {
    const sample = samples[first + tap * channels] ?? 0;
    quarter += sample * (WEIGHTS[tap] ?? 0);
    half += sample * (WEIGHTS[TAPS + tap] ?? 0);
    threeQuarters += sample * (WEIGHTS[2 * TAPS + tap] ?? 0);
  }
  return Math.max(Math.abs(quarter), Math.abs(half), Math.abs(threeQuarters));
}
