import {
  FILTER_PRESETS,
  type FilterName,
  filterPresetSchema,
  filtersSchema,
  presetOf,
} from '@bandstand/protocol';
import { describe, expect, test } from 'vitest';
import { MESSAGES } from '../locales/languages.ts';
import { LANGUAGES } from '../locales/messages.ts';
import { filtersSentence, soundLine } from './sound-text.ts';

const NEUTRAL = { filters: {}, preset: null, crossfade_ms: 0, normalize: false };

/** Settings with an effect. */
const AUDIBLE: { readonly [N in FilterName]: unknown } = {
  volume: 0.5,
  equalizer: [{ band: 0, gain: 0.25 }],
  karaoke: {},
  timescale: { speed: 1.5, pitch: 0.8, rate: 1 },
  tremolo: {},
  vibrato: {},
  rotation: { rotationHz: 0.1 },
  distortion: { sinScale: 2 },
  channelMix: { leftToRight: 1 },
  lowPass: {},
  compressor: {},
  threeBandEq: { lowDb: 6, midDb: -2, highDb: 1.5 },
};

describe.each(LANGUAGES)('in %s', (language) => {
  const messages = MESSAGES[language];

  test.each(Object.keys(AUDIBLE) as FilterName[])('the filter %s is named', (name) => {
    const filters = filtersSchema.parse({ [name]: AUDIBLE[name] });
    const sentence = filtersSentence({ filters, preset: null }, messages);
    expect(sentence).not.toBe(messages.sound.noFilters);
    expect(sentence).not.toMatch(/undefined|NaN/);
  });

  test('each preset is called by its own name', () => {
    const { options } = filterPresetSchema.exclude(['flat']);
    const lines = options.map((preset) => {
      const filters = FILTER_PRESETS[preset];
      return soundLine({ ...NEUTRAL, filters, preset: presetOf(filters) }, messages);
    });
    expect(lines).toEqual(options.map((preset) => messages.sound.presets[preset]));
  });

  test('the untouched signal needs no word', () => {
    expect(soundLine(NEUTRAL, messages)).toBe('');
    expect(soundLine({ ...NEUTRAL, filters: { volume: 1 } }, messages)).toBe('');
    expect(filtersSentence(NEUTRAL, messages)).toBe(messages.sound.noFilters);
  });
});

test('everything at once is one line, with the numbers of the language', () => {
  const all = {
    filters: filtersSchema.parse({
      volume: 0.5,
      timescale: { rate: 1.25 },
      threeBandEq: { lowDb: 6, highDb: -1.5 },
    }),
    preset: null,
    crossfade_ms: 2_500,
    normalize: true,
  };
  expect(soundLine(all, MESSAGES.en)).toBe(
    'volume 50 %, speed 1.25×, pitch 1.25×, low +6 dB, high -1.5 dB · crossfade 2.5 s · equal loudness',
  );
  expect(soundLine(all, MESSAGES.de)).toBe(
    'Lautstärke 50 %, Tempo 1,25×, Tonhöhe 1,25×, Tiefen +6 dB, Höhen -1,5 dB · Überblenden 2,5 s · gleiche Lautheit',
  );
});
