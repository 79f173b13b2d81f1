import { z } from 'zod';
import { type Filters, type FiltersInput, filtersSchema } from './filters.ts';

/** Gains of bands 0, 1, 2, … as the equalizer takes them; what is 0 is left out. */
function curve(...gains: readonly number[]): { band: number; gain: number }[] {
  return gains.map((gain, band) => ({ band, gain })).filter(({ gain }) => gain !== 0);
}

const SOURCES = {
  flat: {},
  bassboost: { equalizer: curve(0.2, 0.25, 0.25, 0.2, 0.1, 0, -0.05, -0.05) },
  treble_boost: { equalizer: curve(0, 0, 0, 0, 0, 0, 0, 0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.25) },
  nightcore: { timescale: { rate: 1.2 } },
  vaporwave: { timescale: { rate: 0.8 }, lowPass: { smoothing: 2.5 } },
  '8d': { rotation: { rotationHz: 0.2 } },
  karaoke: { karaoke: {} },
  tremolo: { tremolo: { frequency: 4, depth: 0.75 } },
  vibrato: { vibrato: { frequency: 4, depth: 0.75 } },
  // The cosine and the tangent are held at 1: what is left is a sine, which rounds the crests off.
  soft_distortion: { distortion: { sinScale: 1.5, cosScale: 0, tanScale: 0, tanOffset: 1 } },
  lowpass: { lowPass: { smoothing: 20 } },
  mono: { channelMix: { leftToLeft: 0.5, leftToRight: 0.5, rightToLeft: 0.5, rightToRight: 0.5 } },
  pop: {
    equalizer: curve(-0.03, -0.02, 0, 0.03, 0.06, 0.06, 0.04, 0.03, 0.05, 0.06, 0.05, 0.03, 0, -0.02, -0.02),
  },
  rock: {
    equalizer: curve(0.1, 0.1, 0.09, 0.06, 0.02, -0.03, -0.06, -0.05, -0.02, 0.02, 0.05, 0.08, 0.1, 0.1, 0.1),
  },
  jazz: {
    equalizer: curve(
      0.05,
      0.05,
      0.05,
      0.04,
      0.02,
      0.02,
      -0.02,
      -0.03,
      -0.02,
      0,
      0.02,
      0.03,
      0.04,
      0.05,
      0.05,
    ),
  },
  classical: {
    equalizer: curve(0.05, 0.05, 0.04, 0.03, 0, 0, -0.02, -0.03, -0.02, 0, 0.02, 0.03, 0.05, 0.06, 0.06),
  },
  electronic: {
    equalizer: curve(0.12, 0.12, 0.1, 0.06, 0, -0.04, -0.04, 0, 0.02, 0.02, 0.04, 0.06, 0.08, 0.1, 0.1),
  },
  vocal: {
    equalizer: curve(
      -0.1,
      -0.08,
      -0.06,
      -0.05,
      -0.02,
      0.02,
      0.05,
      0.08,
      0.1,
      0.1,
      0.1,
      0.06,
      0.02,
      -0.02,
      -0.04,
    ),
  },
} as const satisfies Record<string, FiltersInput>;

export type FilterPreset = keyof typeof SOURCES;

const names = Object.keys(SOURCES) as [FilterPreset, ...FilterPreset[]];
export const filterPresetSchema = z.enum(names);

/** Ready-made sets of filters by name; `flat` is none. Each is parsed: defaults are filled in. */
export const FILTER_PRESETS: Readonly<Record<FilterPreset, Filters>> = Object.freeze(
  Object.fromEntries(names.map((name) => [name, filtersSchema.parse(SOURCES[name])])) as Record<
    FilterPreset,
    Filters
  >,
);
