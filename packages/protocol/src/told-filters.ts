import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { FILTER_PRESETS, type FilterPreset, filterPresetSchema } from './filter-presets.ts';
import { type FilterName, type Filters, filtersSchema, withoutNeutral } from './filters.ts';

/**
 * Filters as the player tells them. Unlike in a command, a filter that this side does not know (or not with these settings)
 * is left out: a newer player must not become unreadable.
 */
export const toldFiltersSchema = z.preprocess(
  (told) => (typeof told === 'object' && told !== null ? known(told) : told),
  filtersSchema,
);

/** A preset's name as the player tells it; one that this side does not know is none. */
export const toldPresetSchema = filterPresetSchema.nullable().catch(null);

/** The preset that sounds exactly like this; `null` for none, and for no filters at all. */
export function presetOf(filters: Filters): FilterPreset | null {
  const effective = withoutNeutral(filters);
  if (Object.keys(effective).length === 0) return null;
  const found = filterPresetSchema.options.find((preset) =>
    isDeepStrictEqual(withoutNeutral(FILTER_PRESETS[preset]), effective),
  );
  return found ?? null;
}

function known(told: object): object {
  const { shape } = filtersSchema;
  return Object.fromEntries(
    Object.entries(told).filter(
      ([name, settings]) =>
        Object.hasOwn(shape, name) && shape[name as FilterName].safeParse(settings).success,
    ),
  );
}
