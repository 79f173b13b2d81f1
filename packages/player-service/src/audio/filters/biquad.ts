import { CHANNELS, SAMPLE_RATE_HZ } from '../frame.ts';
import { framesToSettle, withoutResidue } from './decay.ts';

/** `y = b0·x + b1·x₁ + b2·x₂ − a1·y₁ − a2·y₂`, by sample. */
export interface BiquadCoefficients {
  readonly b0: number;
  readonly b1: number;
  readonly b2: number;
  readonly a1: number;
  readonly a2: number;
}

const STATE = 2 * CHANNELS;

/** A chain of second-order filters over interleaved stereo, each in transposed direct form II. */
export class BiquadCascade {
  readonly historyFrames: number;
  readonly #sections: readonly BiquadCoefficients[];
  readonly #memory: Float64Array;

  constructor(sections: readonly BiquadCoefficients[]) {
    this.#sections = sections;
    this.#memory = new Float64Array(sections.length * STATE);
    this.historyFrames = sections.reduce(
      (most, section) => Math.max(most, framesToSettle(radius(section))),
      0,
    );
  }

  process(samples: Float32Array): void {
    for (let section = 0; section < this.#sections.length; section++) {
      this.#run(samples, this.#sections[section] as BiquadCoefficients, section * STATE);
    }
  }

  reset(): void {
    this.#memory.fill(0);
  }

  #run(samples: Float32Array, { b0, b1, b2, a1, a2 }: BiquadCoefficients, at: number): void {
    const memory = this.#memory;
    let left1 = memory[at] ?? 0;
    let left2 = memory[at + 1] ?? 0;
    let right1 = memory[at + 2] ?? 0;
    let right2 = memory[at + 3] ?? 0;
    for (let i = 0; i < samples.length; i += CHANNELS) {
      const left = samples[i] ?? 0;
      const right = samples[i + 1] ?? 0;
      const leftOut = b0 * left + left1;
      const rightOut = b0 * right + right1;
      left1 = b1 * left - a1 * leftOut + left2;
      right1 = b1 * right - a1 * rightOut + right2;
      left2 = b2 * left - a2 * leftOut;
      right2 = b2 * right - a2 * rightOut;
      samples[i] = leftOut;
      samples[i + 1] = rightOut;
    }
    memory[at] = withoutResidue(left1);
    memory[at + 1] = withoutResidue(left2);
    memory[at + 2] = withoutResidue(right1);
    memory[at + 3] = withoutResidue(right2);
  }
}

/** A shelf: half of `gainDb` at the corner, all of it beyond. Second order, as steep as it can be without overshooting. */
export function shelf(side: 'low' | 'high', cornerHz: number, gainDb: number): BiquadCoefficients {
  const { amplitude, cosine, sine } = angle(cornerHz, gainDb);
  const mirror = side === 'low' ? 1 : -1;
  const slope = sine * Math.SQRT2 * Math.sqrt(amplitude);
  const plus = amplitude + 1;
  const minus = amplitude - 1;
  return normalized(
    amplitude * (plus - mirror * minus * cosine + slope),
    mirror * 2 * amplitude * (minus - mirror * plus * cosine),
    amplitude * (plus - mirror * minus * cosine - slope),
    plus + mirror * minus * cosine + slope,
    -mirror * 2 * (minus + mirror * plus * cosine),
    plus + mirror * minus * cosine - slope,
  );
}

/** A bell: `gainDb` at the centre, half of it at the edges of the band, which `q` tells the width of. */
export function bell(centreHz: number, q: number, gainDb: number): BiquadCoefficients {
  const { amplitude, cosine, sine } = angle(centreHz, gainDb);
  const width = sine / (2 * q);
  return normalized(
    1 + width * amplitude,
    -2 * cosine,
    1 - width * amplitude,
    1 + width / amplitude,
    -2 * cosine,
    1 - width / amplitude,
  );
}

/** Square root of the gain, and where on the unit circle the frequency lies. */
function angle(frequencyHz: number, gainDb: number) {
  const turn = (2 * Math.PI * frequencyHz) / SAMPLE_RATE_HZ;
  return { amplitude: 10 ** (gainDb / 40), cosine: Math.cos(turn), sine: Math.sin(turn) };
}

function normalized(
  b0: number,
  b1: number,
  b2: number,
  a0: number,
  a1: number,
  a2: number,
): BiquadCoefficients {
  return { b0: b0 / a0, b1: b1 / a0, b2: b2 / a0, a1: a1 / a0, a2: a2 / a0 };
}

/** How far from the centre the slowest pole lies. */
function radius({ a1, a2 }: BiquadCoefficients): number {
  const discriminant = a1 * a1 - 4 * a2;
  return discriminant < 0 ? Math.sqrt(a2) : (Math.abs(a1) + Math.sqrt(discriminant)) / 2;
}
