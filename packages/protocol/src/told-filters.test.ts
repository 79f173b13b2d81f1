import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  decodeCommand,
  decodeEvent,
  FILTER_PRESETS,
  filterPresetSchema,
  type PlayerEvent,
  presetOf,
  withoutNeutral,
} from './index.ts';

const NEW_FIELDS = ['filters', 'preset', 'crossfade_ms', 'normalize', 'muted_by'];

/** STATE_UPDATE as another version would send it. */
function told(change: (data: Record<string, unknown>) => void): PlayerEvent {
  const file = new URL('../golden/events.golden.json', import.meta.url);
  const golden = JSON.parse(readFileSync(file, 'utf8'))['STATE_UPDATE'] as { data: Record<string, unknown> };
  change(golden.data);
  return decodeEvent(Buffer.from(JSON.stringify(golden))) as PlayerEvent;
}

function setFilters(data: unknown): () => unknown {
  const command = { v: 1, type: 'command', action: 'SET_FILTERS', guild_id: '1', data };
  return () => decodeCommand(Buffer.from(JSON.stringify(command))).data;
}

test('the snapshot of a player from before sound settings is read as a neutral sound', () => {
  const event = told((data) => {
    for (const field of NEW_FIELDS) delete data[field];
    delete (data['position'] as Record<string, unknown>)['speed'];
  });
  expect(event.data).toMatchObject({
    filters: {},
    preset: null,
    crossfade_ms: 0,
    normalize: false,
    muted_by: null,
    position: { speed: 1 },
  });
});

test('what a newer player tells and this side does not know is left out; the rest is read', () => {
  const event = told((data) => {
    data['filters'] = {
      echo: { delayMs: 300 },
      tremolo: { depth: 0.5, shape: 'square' },
      vibrato: { frequency: 3, depth: 0.25 },
    };
    data['preset'] = 'cathedral';
    data['muted_by'] = 'the network';
  });
  expect(event.data).toMatchObject({ preset: null, muted_by: null });
  expect((event.data as { filters: unknown }).filters).toEqual({ vibrato: { frequency: 3, depth: 0.25 } });
});

describe('SET_FILTERS', () => {
  test('fills in what a filter leaves out', () => {
    expect(setFilters({ filters: { timescale: { speed: 1.5 } } })()).toEqual({
      filters: { timescale: { speed: 1.5, pitch: 1, rate: 1 } },
    });
  });

  test.each([
    ['neither filters nor preset', {}],
    ['both', { filters: {}, preset: 'flat' }],
    ['an unknown preset', { preset: 'cathedral' }],
    ['an unknown filter', { filters: { echo: {} } }],
    ['an unknown setting', { filters: { tremolo: { shape: 'square' } } }],
    ['a setting out of range', { filters: { timescale: { speed: 5 } } }],
  ])('refuses %s', (_, data) => {
    expect(setFilters(data)).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }));
  });
});

test('every preset is known by its sound, and no two sound the same', () => {
  for (const preset of filterPresetSchema.exclude(['flat']).options)
    expect(presetOf(FILTER_PRESETS[preset])).toBe(preset);
});

test('no filters, and filters that are no preset, have no preset', () => {
  expect(presetOf({})).toBeNull();
  expect(presetOf(FILTER_PRESETS.flat)).toBeNull();
  expect(presetOf({ ...FILTER_PRESETS.nightcore, volume: 0.5 })).toBeNull();
});

test('filters without effect do not hide a preset', () => {
  const heard = { ...FILTER_PRESETS.nightcore, volume: 1 };
  expect(withoutNeutral(heard)).not.toHaveProperty('volume');
  expect(presetOf(heard)).toBe('nightcore');
});
