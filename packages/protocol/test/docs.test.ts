import { fileURLToPath } from 'node:url';
import { markdownTable, readMarkedTables } from '@bandstand/test-support';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
// The sentences are the bot's; the document shows them beside the codes.
import { en } from '../../bot-client/src/locales/en.ts';
import { nextStep as extractionStep } from '../../player-service/src/sources/yt-dlp/next-step.ts';
import {
  COMMANDS,
  commandEnvelopeSchema,
  ERROR_CODES,
  type ErrorCode,
  EVENTS,
  eventEnvelopeSchema,
  filtersSchema,
  frameCountsSchema,
  gatewayRequestSchema,
  guildSnapshotSchema,
  LIMITS,
  positionSchema,
  replyEnvelopeSchema,
  requestOutcomeSchema,
  searchResultSchema,
  songSchema,
} from '../src/index.ts';
import { fieldTable } from './field-table.ts';

const tables = new Map<string, string>([
  ['command envelope', fieldTable(commandEnvelopeSchema)],
  ['reply envelope', fieldTable(replyEnvelopeSchema)],
  ['event envelope', fieldTable(eventEnvelopeSchema)],
  ...named({ Song: songSchema, SearchResult: searchResultSchema, Position: positionSchema }),
  ...named({
    Filters: filtersSchema,
    FrameCounts: frameCountsSchema,
    GatewayRequest: gatewayRequestSchema,
    GuildSnapshot: guildSnapshotSchema,
    RequestOutcome: requestOutcomeSchema,
  }),
  ...Object.entries(COMMANDS).flatMap(([action, command]): [string, string][] => [
    [`${action} data`, fieldTable(command.data)],
    [`${action} reply`, fieldTable(command.reply)],
  ]),
  ...named(EVENTS),
  [
    'limits',
    markdownTable(
      ['limit', 'value'],
      Object.entries(LIMITS).map(([name, value]) => [`\`${name}\``, String(value)]),
    ),
  ],
  [
    'timing',
    markdownTable(
      ['action', 'one attempt', 'all attempts', 'effect stored by key'],
      Object.entries(COMMANDS).map(([action, { timing, effect }]) => [
        `\`${action}\``,
        `${timing.attemptMs} ms`,
        `${timing.totalMs} ms`,
        effect ? 'yes' : 'no',
      ]),
    ),
  ],
]);

const codes = markdownTable(
  ['code', 'what people read', 'what it means', 'may pass?', 'next step'],
  Object.entries(ERROR_CODES).map(([code, { retryable, nextStep, meaning }]) => [
    `\`${code}\``,
    en.errors[code as ErrorCode],
    meaning,
    retryable ? 'yes' : 'no',
    `\`${nextStep}\``,
  ]),
);

test.each(Object.entries(ERROR_CODES))(
  '%s: what is tried again may pass, what may pass is not skipped',
  (_code, row) => {
    if (row.nextStep === 'again') expect(row.retryable).toBe(true);
    if (row.nextStep === 'skip') expect(row.retryable).toBe(false);
  },
);

test.each(Object.entries(ERROR_CODES))(
  '%s: a source tries another way exactly where the table says so',
  (code, row) => {
    expect(extractionStep(code as ErrorCode) === 'other-client').toBe(row.nextStep === 'other-way');
  },
);

describe.each([
  ['protocol.md', tables],
  ['errors.md', new Map([['codes', codes]])],
])('docs/%s', (file, expected) => {
  const path = fileURLToPath(new URL(`../../../docs/${file}`, import.meta.url));
  const shown = readMarkedTables(path, expected);

  test('has a table for everything in the code, and none besides', () => {
    expect([...shown.keys()].sort()).toEqual([...expected.keys()].sort());
  });

  test.each([...expected])('shows %s as the code has it', (name, table) => {
    expect(shown.get(name)).toBe(table);
  });
});

function named(schemas: Readonly<Record<string, z.ZodType>>): [string, string][] {
  return Object.entries(schemas).map(([name, schema]) => [name, fieldTable(schema)]);
}
