import type { FilterSettings } from '@bandstand/protocol';
import type { Stage } from '../render/stage.ts';
import { BiquadCascade, bell, shelf } from './biquad.ts';

/** Corners of the shelves, and the middle between them on the scale of pitch. */
export const THREE_BANDS = { lowHz: 250, midHz: 1_000, midQ: 0.7, highHz: 4_000 } as const;

/** Bass, middle and treble in dB: a low shelf, a bell and a high shelf. */
export function threeBandEqStage({ lowDb, midDb, highDb }: FilterSettings<'threeBandEq'>): Stage {
  const { lowHz, midHz, midQ, highHz } = THREE_BANDS;
  const cascade = new BiquadCascade([
    ...(lowDb === 0 ? [] : [shelf('low', lowHz, lowDb)]),
    ...(midDb === 0 ? [] : [bell(midHz, midQ, midDb)]),
    ...(highDb === 0 ? [] : [shelf('high', highHz, highDb)]),
  ]);
  return {
    historyFrames: cascade.historyFrames,
    isNeutralAt: () => lowDb === 0 && midDb === 0 && highDb === 0,
    process: (samples) => cascade.process(samples),
    reset: () => cascade.reset(),
  };
}
