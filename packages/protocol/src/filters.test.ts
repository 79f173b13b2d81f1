import { describe, expect, test } from 'vitest';
import { FILTER_PRESETS, filterPresetSchema } from './filter-presets.ts';
import { type FiltersInput, filtersSchema, withoutNeutral } from './filters.ts';

function problems(filters: unknown): string[] {
  const parsed = filtersSchema.safeParse(filters);
  return parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

test("what is left out of a filter has Lavalink's default", () => {
  const given = { karaoke: {}, timescale: {}, tremolo: {}, vibrato: {}, rotation: {} };
  expect(filtersSchema.parse({ ...given, distortion: {}, channelMix: {}, lowPass: {} })).toEqual({
    karaoke: { level: 1, monoLevel: 1, filterBand: 220, filterWidth: 100 },
    timescale: { speed: 1, pitch: 1, rate: 1 },
    tremolo: { frequency: 2, depth: 0.5 },
    vibrato: { frequency: 2, depth: 0.5 },
    rotation: { rotationHz: 0 },
    distortion: {
      sinOffset: 0,
      sinScale: 1,
      cosOffset: 0,
      cosScale: 1,
      tanOffset: 0,
      tanScale: 1,
      offset: 0,
      scale: 1,
    },
    channelMix: { leftToLeft: 1, leftToRight: 0, rightToLeft: 0, rightToRight: 1 },
    lowPass: { smoothing: 20 },
  });
});

test.each<[FiltersInput, string]>([
  [{ volume: 5.1 }, 'volume: Too big: expected number to be <=5'],
  [{ equalizer: [{ band: 15, gain: 0 }] }, 'equalizer.0.band: Too big: expected number to be <=14'],
  [{ equalizer: [{ band: 0, gain: -0.3 }] }, 'equalizer.0.gain: Too small: expected number to be >=-0.25'],
  [
    {
      equalizer: [
        { band: 3, gain: 0.1 },
        { band: 3, gain: 0.2 },
      ],
    },
    'equalizer: each band may be given only once',
  ],
  [{ karaoke: { level: 1.5 } }, 'karaoke.level: Too big: expected number to be <=1'],
  [{ timescale: { speed: 0 } }, 'timescale.speed: Too small: expected number to be >=0.25'],
  [{ timescale: { speed: 3, rate: 2 } }, 'timescale: speed times rate must lie between 0.25 and 4'],
  [{ timescale: { pitch: 0.3, rate: 0.5 } }, 'timescale: pitch times rate must lie between 0.25 and 4'],
  [{ tremolo: { frequency: 0 } }, 'tremolo.frequency: Too small: expected number to be >0'],
  [{ vibrato: { frequency: 15 } }, 'vibrato.frequency: Too big: expected number to be <=14'],
  [{ vibrato: { depth: 1.1 } }, 'vibrato.depth: Too big: expected number to be <=1'],
  [{ channelMix: { leftToLeft: -0.1 } }, 'channelMix.leftToLeft: Too small: expected number to be >=0'],
  [{ compressor: { ratio: 0.5 } }, 'compressor.ratio: Too small: expected number to be >=1'],
  [{ threeBandEq: { lowDb: 13 } }, 'threeBandEq.lowDb: Too big: expected number to be <=12'],
])('%j is refused and says why', (filters, problem) => {
  expect(problems(filters)).toEqual([problem]);
});

test('a filter or a field that does not exist is refused, not ignored', () => {
  expect(problems({ reverb: {} })).toEqual([': Unrecognized key: "reverb"']);
  expect(problems({ lowPass: { cutoffHz: 1 } })).toEqual(['lowPass: Unrecognized key: "cutoffHz"']);
});

describe.each(Object.entries(FILTER_PRESETS))('the preset %s', (name, filters) => {
  test('is a valid set of filters, complete and without a neutral one', () => {
    expect(filterPresetSchema.parse(name)).toBe(name);
    expect(filtersSchema.parse(filters)).toEqual(filters);
    expect(withoutNeutral(filters)).toEqual(filters);
    expect(Object.keys(filters).length > 0).toBe(name !== 'flat');
  });
});

test('no two presets are the same', () => {
  const sets = Object.values(FILTER_PRESETS).map((filters) => JSON.stringify(filters));
  expect(new Set(sets).size).toBe(sets.length);
});

test('filters that change nothing are dropped, the others kept', () => {
  const neutral = filtersSchema.parse({
    volume: 1,
    equalizer: [{ band: 4 }],
    karaoke: { level: 0 },
    timescale: { speed: 2, pitch: 2, rate: 0.5 },
    tremolo: { depth: 0 },
    vibrato: { depth: 0 },
    rotation: {},
    distortion: {},
    channelMix: {},
    lowPass: { smoothing: 1 },
    compressor: { ratio: 1 },
    threeBandEq: {},
  });
  expect(Object.keys(neutral)).toEqual(Object.keys(filtersSchema.shape));
  expect(withoutNeutral(neutral)).toEqual({});

  const effective = filtersSchema.parse({
    volume: 0.5,
    equalizer: [{ band: 4, gain: 0.1 }],
    karaoke: {},
    timescale: { rate: 1.1 },
    tremolo: {},
    vibrato: {},
    rotation: { rotationHz: -1 },
    distortion: { tanScale: 0 },
    channelMix: { leftToRight: 0.1 },
    lowPass: {},
    compressor: {},
    threeBandEq: { highDb: 0.1 },
  });
  expect(withoutNeutral(effective)).toEqual(effective);
});
