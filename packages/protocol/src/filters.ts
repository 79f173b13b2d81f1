import { z } from 'zod';

/** Centre frequencies of the equalizer's bands 0 to 14, in Hz. */
export const EQUALIZER_BANDS_HZ = [
  25, 40, 63, 100, 160, 250, 400, 630, 1_000, 1_600, 2_500, 4_000, 6_300, 10_000, 16_000,
] as const;

const share = z.number().min(0).max(1);
const decibels = z.number().min(-12).max(12);
const waveTerm = z.number().min(-100).max(100);
const timeFactor = z.number().min(0.25, { abort: true }).max(4, { abort: true });

const equalizerSchema = z
  .array(
    z.strictObject({
      band: z
        .number()
        .int()
        .min(0)
        .max(EQUALIZER_BANDS_HZ.length - 1),
      /** The band's amplitude becomes `1 + 4 * gain`: −0.25 mutes it, 0 leaves it, 0.25 doubles it. */
      gain: z.number().min(-0.25).max(1).default(0),
    }),
  )
  .max(EQUALIZER_BANDS_HZ.length)
  .refine((bands) => new Set(bands.map(({ band }) => band)).size === bands.length, {
    error: 'each band may be given only once',
  });

const karaokeSchema = z.strictObject({
  /** How much of what both channels have in common is taken out; 0 = no effect. */
  level: share.default(1),
  /** How much of it is given back inside the band. */
  monoLevel: share.default(1),
  /** Centre of that band, in Hz. */
  filterBand: z.number().min(20).max(20_000).default(220),
  /** Its width, in Hz. */
  filterWidth: z.number().min(1).max(20_000).default(100),
});

const timescaleSchema = z
  .strictObject({
    /** Tempo; the pitch stays. */
    speed: timeFactor.default(1),
    /** Pitch; the tempo stays. */
    pitch: timeFactor.default(1),
    /** Both together, as a faster tape. */
    rate: timeFactor.default(1),
  })
  .refine(({ speed, rate }) => speed * rate >= 0.25 && speed * rate <= 4, {
    error: 'speed times rate must lie between 0.25 and 4',
  })
  .refine(({ pitch, rate }) => pitch * rate >= 0.25 && pitch * rate <= 4, {
    error: 'pitch times rate must lie between 0.25 and 4',
  });

const tremoloSchema = z.strictObject({
  /** Hz. */
  frequency: z.number().positive().max(100).default(2),
  /** 0 = no effect; 1 = down to silence. */
  depth: share.default(0.5),
});

const vibratoSchema = z.strictObject({
  /** Hz. */
  frequency: z.number().positive().max(14).default(2),
  /** 0 = no effect. */
  depth: share.default(0.5),
});

/** `rotationHz` turns around the listener per second; 0 = no effect, negative = the other way round. */
const rotationSchema = z.strictObject({ rotationHz: z.number().min(-20).max(20).default(0) });

const distortionSchema = z.strictObject({
  sinOffset: waveTerm.default(0),
  sinScale: waveTerm.default(1),
  cosOffset: waveTerm.default(0),
  cosScale: waveTerm.default(1),
  tanOffset: waveTerm.default(0),
  tanScale: waveTerm.default(1),
  offset: waveTerm.default(0),
  scale: waveTerm.default(1),
});

const channelMixSchema = z.strictObject({
  leftToLeft: share.default(1),
  leftToRight: share.default(0),
  rightToLeft: share.default(0),
  rightToRight: share.default(1),
});

/** A one-pole low pass, `y += (x - y) / smoothing` for each sample; up to 1 it does nothing. */
const lowPassSchema = z.strictObject({ smoothing: z.number().min(0).max(1_000).default(20) });

const compressorSchema = z.strictObject({
  thresholdDb: z.number().min(-60).max(0).default(-24),
  /** dB of input above the threshold for one dB of output; 1 = no compression. */
  ratio: z.number().min(1).max(20).default(4),
  /** Width of the soft knee around the threshold. */
  kneeDb: z.number().min(0).max(24).default(6),
  attackMs: z.number().min(0.1).max(500).default(5),
  releaseMs: z.number().min(5).max(2_000).default(120),
  makeupDb: z.number().min(0).max(24).default(0),
});

const threeBandEqSchema = z.strictObject({
  lowDb: decibels.default(0),
  midDb: decibels.default(0),
  highDb: decibels.default(0),
});

/**
 * Lavalink v4's ten filters with its names, fields and defaults, `compressor` and `threeBandEq` besides. What is left out
 * has no effect; a whole set replaces the one before. An unknown name is refused. Where Lavalink sets no bound (timescale,
 * the frequencies of karaoke and tremolo, rotation, distortion, low pass) there is one here, wide enough for any use.
 *
 * @see https://lavalink.dev/api/rest#filters
 */
export const filtersSchema = z.strictObject({
  /** A factor; 1 = unchanged. Independent of the player's volume. */
  volume: z.number().min(0).max(5).optional(),
  equalizer: equalizerSchema.optional(),
  karaoke: karaokeSchema.optional(),
  timescale: timescaleSchema.optional(),
  tremolo: tremoloSchema.optional(),
  vibrato: vibratoSchema.optional(),
  rotation: rotationSchema.optional(),
  distortion: distortionSchema.optional(),
  channelMix: channelMixSchema.optional(),
  lowPass: lowPassSchema.optional(),
  compressor: compressorSchema.optional(),
  threeBandEq: threeBandEqSchema.optional(),
});
export type Filters = z.output<typeof filtersSchema>;
/** Filters as a caller writes them, defaults left out. */
export type FiltersInput = z.input<typeof filtersSchema>;
export type FilterName = keyof Filters;
/** The settings of one filter, defaults filled in. */
export type FilterSettings<N extends FilterName> = NonNullable<Filters[N]>;

const IS_NEUTRAL: { readonly [N in FilterName]: (settings: FilterSettings<N>) => boolean } = {
  volume: (factor) => factor === 1,
  equalizer: (bands) => bands.every(({ gain }) => gain === 0),
  karaoke: ({ level }) => level === 0,
  timescale: ({ speed, pitch, rate }) => speed * rate === 1 && pitch * rate === 1,
  tremolo: ({ depth }) => depth === 0,
  vibrato: ({ depth }) => depth === 0,
  rotation: ({ rotationHz }) => rotationHz === 0,
  distortion: (settings) =>
    Object.entries(settings).every(([term, value]) => value === (/scale/i.test(term) ? 1 : 0)),
  channelMix: ({ leftToLeft, leftToRight, rightToLeft, rightToRight }) =>
    leftToLeft === 1 && leftToRight === 0 && rightToLeft === 0 && rightToRight === 1,
  lowPass: ({ smoothing }) => smoothing <= 1,
  compressor: ({ ratio, makeupDb }) => ratio === 1 && makeupDb === 0,
  threeBandEq: ({ lowDb, midDb, highDb }) => lowDb === 0 && midDb === 0 && highDb === 0,
};

/** The same sound without the filters that change nothing: `{}` when none does. */
export function withoutNeutral(filters: Filters): Filters {
  const effective: Filters = {};
  for (const name of Object.keys(filters) as FilterName[]) copyUnlessNeutral(name, filters, effective);
  return effective;
}

function copyUnlessNeutral<N extends FilterName>(name: N, from: Filters, to: Filters): void {
  const settings = from[name];
  if (settings !== undefined && !IS_NEUTRAL[name](settings)) to[name] = settings;
}
