import { FILTER_PRESETS, type FilterPreset } from '@bandstand/protocol';
import { rmsDb } from '@bandstand/test-support';
import { describe, expect, test } from 'vitest';
import { impulse, noise, responseDb, type Stereo, throughStages } from '../../../test/audio/stage-signals.ts';
import { buildStages } from './build-stages.ts';

/** Both channels have much in common, as in music, but not all. */
function music(): Stereo {
  const { left, right } = noise(0.4, 50);
  const shared = noise(0.2, 50).left.reverse();
  return {
    left: left.map((sample, i) => 0.3 * sample + (shared[i] ?? 0)),
    right: right.map((sample, i) => 0.3 * sample + (shared[i] ?? 0)),
  };
}

const staged = (Object.keys(FILTER_PRESETS) as FilterPreset[]).filter((preset) =>
  Object.keys(FILTER_PRESETS[preset]).some((name) => name !== 'timescale'),
);

test('all presets but flat and nightcore have stages', () => {
  const all = Object.keys(FILTER_PRESETS) as FilterPreset[];
  expect(all.filter((preset) => !staged.includes(preset)).sort()).toEqual(['flat', 'nightcore']);
  expect(buildStages(FILTER_PRESETS.flat)).toEqual([]);
  expect(buildStages(FILTER_PRESETS.nightcore)).toEqual([]);
});

describe.each(staged)('the preset %s', (preset) => {
  test('is heard, and neither silent nor deafening', () => {
    const input = music();
    const out = throughStages(buildStages(FILTER_PRESETS[preset]), input);
    const difference = out.left.map((sample, i) => sample - (input.left[i] ?? 0));
    expect(rmsDb(difference) - rmsDb(input.left)).toBeGreaterThan(-20);
    const changeDb = rmsDb(out.left) - rmsDb(input.left);
    // What a low pass leaves of white noise is little.
    expect(changeDb).toBeGreaterThan(preset === 'lowpass' ? -20 : -12);
    expect(changeDb).toBeLessThan(8);
  });
});

const curves = staged.filter((preset) => FILTER_PRESETS[preset].equalizer !== undefined);

test.each(curves)('the curve of %s stays within +9 and -7 dB', (preset) => {
  const { left } = throughStages(buildStages(FILTER_PRESETS[preset]), impulse(1, 50));
  for (let hz = 20; hz < 20_000; hz *= 1.1) {
    expect(responseDb(left, hz), `${hz} Hz`).toBeLessThan(9);
    expect(responseDb(left, hz), `${hz} Hz`).toBeGreaterThan(-7);
  }
});

test('bassboost lifts the bass, treble boost the treble, vocal the middle', () => {
  const response = (preset: FilterPreset) => {
    const { left } = throughStages(buildStages(FILTER_PRESETS[preset]), impulse(1, 50));
    return [60, 1_500, 12_000].map((hz) => responseDb(left, hz));
  };
  const [bass = 0, , bassTop = 0] = response('bassboost');
  expect(bass - bassTop).toBeGreaterThan(6);
  const [trebleBottom = 0, , treble = 0] = response('treble_boost');
  expect(treble - trebleBottom).toBeGreaterThan(6);
  const [vocalBottom = 0, vocal = 0, vocalTop = 0] = response('vocal');
  expect(vocal - vocalBottom).toBeGreaterThan(6);
  expect(vocal - vocalTop).toBeGreaterThan(3);
});
