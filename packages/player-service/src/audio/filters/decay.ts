import { FRAME_SAMPLES } from '../frame.ts';

/** A thousandth of it is left: 60 dB down. */
const SETTLED = Math.log(1_000);

/** Frames until what a recursive filter remembers has died away, from the factor by which it decays with each sample. */
export function framesToSettle(decayPerSample: number): number {
  return Math.ceil(SETTLED / -Math.log(decayPerSample) / FRAME_SAMPLES);
}

/** Silence must end as silence: what decays without end becomes subnormal, which processors compute slowly with. */
export function withoutResidue(value: number): number {
  return Math.abs(value) < 1e-20 ? 0 : value;
}
