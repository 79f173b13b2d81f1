import { LIMITS } from '@bandstand/protocol';
import type { OptionDefinition } from './command.ts';

export const QUERY_OPTION = {
  type: 'string',
  name: 'query',
  required: true,
  minLength: 1,
  maxLength: LIMITS.queryCharacters,
  autocomplete: true,
} as const satisfies OptionDefinition;

/** A queue entry: its id by autocomplete, or a typed position. */
export const ITEM_OPTION = {
  type: 'string',
  name: 'item',
  required: true,
  minLength: 1,
  maxLength: 100,
  autocomplete: true,
} as const satisfies OptionDefinition;

/** More entries than any queue holds. */
export const MAX_POSITION = 100_000;
