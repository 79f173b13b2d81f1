const FULL_SCALE = 32_768;

/** One channel of interleaved signed 16-bit samples, in ±1. */
export function channelOf(interleaved: Int16Array, channel: number, channels: number): Float64Array {
  const samples = new Float64Array(Math.floor(interleaved.length / channels));
  for (let i = 0; i < samples.length; i++) {
    samples[i] = (interleaved[i * channels + channel] ?? 0) / FULL_SCALE;
  }
  return samples;
}

/** Root mean square in dB of full scale; a full-scale sine has −3.01. `-Infinity` for silence. */
export function rmsDb(samples: Float64Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return 10 * Math.log10(sum / samples.length);
}

/**
 * Peak level of the sine at one frequency, in dB of full scale (a full-scale sine has 0), by Goertzel's filter under a Hann
 * window. Other tones should be at least `4 * sampleRateHz / samples.length` away.
 */
export function toneLevelDb(samples: Float64Array, frequencyHz: number, sampleRateHz: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * frequencyHz) / sampleRateHz);
  let previous = 0;
  let beforePrevious = 0;
  let windowSum = 0;
  for (let i = 0; i < samples.length; i++) {
    const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / (samples.length - 1));
    windowSum += window;
    const current = (samples[i] ?? 0) * window + coefficient * previous - beforePrevious;
    beforePrevious = previous;
    previous = current;
  }
  const power = previous ** 2 + beforePrevious ** 2 - coefficient * previous * beforePrevious;
  return 10 * Math.log10((4 * power) / windowSum ** 2);
}

/**
 * The frequency of the loudest sine, to a small fraction of a hertz.
 *
 * @param range - Where to look; each hertz of it costs a pass over the samples.
 */
export function pitchHz(
  samples: Float64Array,
  sampleRateHz: number,
  range: readonly [number, number],
): number {
  let [low, high] = range;
  let best = low;
  // The first round walks in steps that no tone can fall between; each further one looks closer around the best.
  for (let stepHz = sampleRateHz / samples.length; stepHz > 0.005; stepHz /= 10) {
    let bestDb = Number.NEGATIVE_INFINITY;
    for (let frequencyHz = low; frequencyHz <= high; frequencyHz += stepHz) {
      const levelDb = toneLevelDb(samples, frequencyHz, sampleRateHz);
      if (levelDb <= bestDb) continue;
      bestDb = levelDb;
      best = frequencyHz;
    }
    low = best - stepHz;
    high = best + stepHz;
  }
  return best;
}

/**
 * What is left of a steady sine after taking the best-fitting one out, sample by sample: a click, gap or jump in phase
 * stands out as a peak.
 */
export function residualOfSine(
  samples: Float64Array,
  frequencyHz: number,
  sampleRateHz: number,
): Float64Array {
  const omega = (2 * Math.PI * frequencyHz) / sampleRateHz;
  let sine = 0;
  let cosine = 0;
  for (let i = 0; i < samples.length; i++) {
    sine += ((samples[i] ?? 0) * Math.sin(omega * i) * 2) / samples.length;
    cosine += ((samples[i] ?? 0) * Math.cos(omega * i) * 2) / samples.length;
  }
  return samples.map((sample, i) => sample - sine * Math.sin(omega * i) - cosine * Math.cos(omega * i));
}

/** Phase of the sine at one frequency at the first sample, −π to π. Best over a whole number of periods. */
export function tonePhase(samples: Float64Array, frequencyHz: number, sampleRateHz: number): number {
  const omega = (2 * Math.PI * frequencyHz) / sampleRateHz;
  let sine = 0;
  let cosine = 0;
  for (let i = 0; i < samples.length; i++) {
    sine += (samples[i] ?? 0) * Math.sin(omega * i);
    cosine += (samples[i] ?? 0) * Math.cos(omega * i);
  }
  return Math.atan2(cosine, sine);
}

/** The largest difference between two neighbouring samples: a click stands out of what the signal's own slope allows. */
export function steepestStep(samples: Float64Array): number {
  let steepest = 0;
  for (let i = 1; i < samples.length; i++) {
    steepest = Math.max(steepest, Math.abs((samples[i] ?? 0) - (samples[i - 1] ?? 0)));
  }
  return steepest;
}
