import { fileURLToPath } from 'node:url';
import { markdownTable, readMarkedTables } from '@bandstand/test-support';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { EQUALIZER_BANDS_HZ, FILTER_PRESETS, type Filters, filtersSchema } from '../src/index.ts';
import { fieldTable } from './field-table.ts';

const path = fileURLToPath(new URL('../../../docs/filters.md', import.meta.url));

/** What a preset sets, without the fields that are at their defaults. */
function setting(filters: Filters): string {
  if (Object.keys(filters).length === 0) return 'nothing';
  return Object.entries(filters)
    .map(([name, settings]) => `${name} ${fieldsOf(name as keyof Filters, settings)}`)
    .join('; ');
}

function fieldsOf(name: keyof Filters, settings: Filters[keyof Filters]): string {
  if (typeof settings === 'number') return String(settings);
  if (Array.isArray(settings)) {
    return settings.map(({ band, gain }) => `${EQUALIZER_BANDS_HZ[band]} Hz ${gain}`).join(', ');
  }
  const defaults = filtersSchema.parse({ [name]: {} })[name] as Record<string, number>;
  const given = Object.entries(settings ?? {}).filter(([field, value]) => defaults[field] !== value);
  return given.length === 0 ? 'as it is' : given.map(([field, value]) => `${field} ${value}`).join(', ');
}

const expected = new Map<string, string>([
  ...Object.entries(filtersSchema.shape)
    .map(([name, schema]): [string, z.ZodType] => [name, schema.unwrap()])
    .filter(([, schema]) => schema instanceof z.ZodObject)
    .map(([name, schema]): [string, string] => [name, fieldTable(schema)]),
  [
    'equalizer',
    markdownTable(
      ['band', ...EQUALIZER_BANDS_HZ.map((_, band) => String(band))],
      [['Hz', ...EQUALIZER_BANDS_HZ.map(String)]],
    ),
  ],
  [
    'presets',
    markdownTable(
      ['preset', 'sets'],
      Object.entries(FILTER_PRESETS).map(([name, filters]) => [`\`${name}\``, setting(filters)]),
    ),
  ],
]);

describe('docs/filters.md', () => {
  const shown = readMarkedTables(path, expected);

  test('has a table for every filter with fields, the bands and the presets', () => {
    expect([...shown.keys()].sort()).toEqual([...expected.keys()].sort());
  });

  test.each([...expected])('shows %s as the code has it', (name, table) => {
    expect(shown.get(name)).toBe(table);
  });
});
