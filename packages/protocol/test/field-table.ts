import { z } from 'zod';
import {
  filtersSchema,
  frameCountsSchema,
  gatewayRequestSchema,
  guildSnapshotSchema,
  positionSchema,
  requestOutcomeSchema,
  searchResultSchema,
  songSchema,
  toldFiltersSchema,
} from '../src/index.ts';

interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
  readonly default?: unknown;
  readonly named?: string;
}

/** Shapes that have a section of their own in the document. */
const NAMED = new Map<z.ZodType, string>([
  [songSchema, 'Song'],
  [searchResultSchema, 'SearchResult'],
  [requestOutcomeSchema, 'RequestOutcome'],
  [guildSnapshotSchema, 'GuildSnapshot'],
  [positionSchema, 'Position'],
  [frameCountsSchema, 'FrameCounts'],
  [gatewayRequestSchema, 'GatewayRequest'],
  [filtersSchema, 'Filters'],
  [toldFiltersSchema, 'Filters'],
]);

/** The fields of a message as a Markdown table, read from the schema that checks it. */
export function fieldTable(schema: z.ZodType): string {
  const json = toJson(schema, true);
  if (json.oneOf !== undefined) return json.oneOf.map((member) => rows(member)).join('\n\n');
  return rows(json);
}

function rows(json: JsonSchema): string {
  const fields = Object.entries(json.properties ?? {});
  if (fields.length === 0) return 'No fields.';
  const lines = fields.map(([name, field]) => {
    const need = json.required?.includes(name)
      ? 'required'
      : 'default' in field
        ? `default \`${JSON.stringify(field.default)}\``
        : 'optional';
    return `| \`${name}\` | ${typeText(field)} | ${need} |`;
  });
  return ['| field | type | |', '|---|---|---|', ...lines].join('\n');
}

function toJson(schema: z.ZodType, isTop: boolean): JsonSchema {
  return z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const name = NAMED.get(zodSchema as unknown as z.ZodType);
      if (name === undefined || (isTop && (zodSchema as unknown) === schema)) return;
      for (const key of Object.keys(jsonSchema)) delete jsonSchema[key as keyof typeof jsonSchema];
      Object.assign(jsonSchema, { named: name });
    },
  }) as JsonSchema;
}

function typeText(json: JsonSchema): string {
  if (json.named !== undefined) return `[${json.named}](#${json.named.toLowerCase()})`;
  if (json.const !== undefined) return `\`${JSON.stringify(json.const)}\``;
  if (json.enum !== undefined) return json.enum.map((value) => `\`${JSON.stringify(value)}\``).join(', ');
  const members = json.anyOf ?? json.oneOf;
  if (members !== undefined)
    return isSnowflake(members) ? 'snowflake' : [...new Set(members.map(typeText))].join(' or ');
  switch (json.type) {
    case 'string':
      return `string${json.maxLength === undefined ? '' : ` (≤ ${json.maxLength})`}`;
    case 'integer':
    case 'number':
      return `${json.type}${range(json)}`;
    case 'array':
      return `array of ${typeText(json.items ?? {})}${json.maxItems === undefined ? '' : ` (≤ ${json.maxItems})`}`;
    case 'object':
      return json.properties === undefined
        ? `map to ${typeText((json.additionalProperties as JsonSchema) ?? {})}`
        : inline(json);
    default:
      return json.type ?? 'any';
  }
}

function inline(json: JsonSchema): string {
  const fields = Object.entries(json.properties ?? {}).map(([name, field]) => {
    const unless = 'default' in field ? ` = ${JSON.stringify(field.default)}` : '';
    return `${name}: ${typeText(field)}${unless}`;
  });
  return `{ ${fields.join(', ')} }`;
}

function isSnowflake(members: readonly JsonSchema[]): boolean {
  return members.length === 2 && members[0]?.type === 'string' && members[1]?.type === 'integer';
}

function range({ type, minimum, maximum, exclusiveMinimum }: JsonSchema): string {
  const isAbove = exclusiveMinimum !== undefined && type === 'number';
  if (isAbove) return ` > ${exclusiveMinimum}${maximum === undefined ? '' : `, ≤ ${maximum}`}`;
  const low = exclusiveMinimum === undefined ? minimum : exclusiveMinimum + 1;
  const isOpen = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER;
  if (!isOpen) return ` ${low}–${maximum}`;
  return low === undefined || low <= Number.MIN_SAFE_INTEGER ? '' : ` ≥ ${low}`;
}
