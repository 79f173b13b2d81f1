import { FILTER_PRESETS, filtersSchema } from '@bandstand/protocol';
import { describe, expect, test } from 'vitest';
import { NEUTRAL_SOUND } from './guild-sound.ts';
import { soundOf, trackSpeed } from './track-sound.ts';

const TRACK = { isLive: false };
const STATION = { isLive: true };

describe('a live stream, which comes no faster than it is sent', () => {
  test('keeps its tempo and is played higher all the same', () => {
    const sound = { ...NEUTRAL_SOUND, filters: FILTER_PRESETS.nightcore };
    expect(soundOf(sound, STATION, 0).filters).toEqual({ timescale: { speed: 1, pitch: 1.2, rate: 1 } });
    expect(soundOf(sound, TRACK, 0).filters).toEqual(FILTER_PRESETS.nightcore);
    expect(trackSpeed(sound, STATION)).toBe(1);
    expect(trackSpeed(sound, TRACK)).toBe(1.2);
  });

  test('stays untouched where only the tempo was to change', () => {
    const filters = filtersSchema.parse({ timescale: { speed: 1.5 } });
    expect(soundOf({ ...NEUTRAL_SOUND, filters }, STATION, 0).filters).toEqual({});
  });

  test('keeps its other filters', () => {
    const { vaporwave } = FILTER_PRESETS;
    expect(soundOf({ ...NEUTRAL_SOUND, filters: vaporwave }, STATION, 0).filters).toEqual({
      ...vaporwave,
      timescale: { speed: 1, pitch: 0.8, rate: 1 },
    });
  });
});

test('loudness is evened out only where the guild wants it: measured for tracks, as it goes for stations', () => {
  const on = { ...NEUTRAL_SOUND, normalize: true };
  expect(soundOf(on, TRACK, -6)).toMatchObject({ gainDb: -6, levelling: false });
  expect(soundOf(on, STATION, 0)).toMatchObject({ gainDb: 0, levelling: true });
  expect(soundOf(NEUTRAL_SOUND, TRACK, -6)).toMatchObject({ gainDb: 0, levelling: false });
  expect(soundOf(NEUTRAL_SOUND, STATION, 0)).toMatchObject({ gainDb: 0, levelling: false });
});
