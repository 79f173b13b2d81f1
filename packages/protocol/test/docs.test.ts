import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import {
  COMMANDS,
  commandEnvelopeSchema,
  ERROR_CODES,
  EVENTS,
  eventEnvelopeSchema,
  frameCountsSchema,
  guildSnapshotSchema,
  LIMITS,
  positionSchema,
  replyEnvelopeSchema,
  requestOutcomeSchema,
  searchResultSchema,
  songSchema,
} from '../src/index.ts';
import { fieldTable } from './field-table.ts';

/** `UPDATE_DOCS=1` writes the tables anew; the prose between them is for people to write. */
const isUpdate = process.env['UPDATE_DOCS'] === '1';

const tables = new Map<string, string>([
  ['command envelope', fieldTable(commandEnvelopeSchema)],
  ['reply envelope', fieldTable(replyEnvelopeSchema)],
  ['event envelope', fieldTable(eventEnvelopeSchema)],
  ...named({ Song: songSchema, SearchResult: searchResultSchema, Position: positionSchema }),
  ...named({
    FrameCounts: frameCountsSchema,
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
    [
      '| limit | value |',
      '|---|---|',
      ...Object.entries(LIMITS).map(([name, value]) => `| \`${name}\` | ${value} |`),
    ].join('\n'),
  ],
  [
    'timing',
    [
      '| action | one attempt | all attempts | effect stored by key |',
      '|---|---|---|---|',
      ...Object.entries(COMMANDS).map(
        ([action, { timing, effect }]) =>
          `| \`${action}\` | ${timing.attemptMs} ms | ${timing.totalMs} ms | ${effect ? 'yes' : 'no'} |`,
      ),
    ].join('\n'),
  ],
]);

const codes = [
  '| code | try again? | meaning |',
  '|---|---|---|',
  ...Object.entries(ERROR_CODES).map(
    ([code, { retryable, meaning }]) => `| \`${code}\` | ${retryable ? 'yes' : 'no'} | ${meaning} |`,
  ),
].join('\n');

describe.each([
  ['protocol.md', tables],
  ['errors.md', new Map([['codes', codes]])],
])('docs/%s', (file, expected) => {
  const path = fileURLToPath(new URL(`../../../docs/${file}`, import.meta.url));
  let text = readFileSync(path, 'utf8');
  const marked = () =>
    new Map(
      [...text.matchAll(/<!-- table: (.+?) -->\n([\s\S]*?)\n<!-- end -->/g)].map((match) => [
        match[1],
        match[2],
      ]),
    );

  if (isUpdate) {
    text = text.replace(/<!-- table: (.+?) -->\n[\s\S]*?<!-- end -->/g, (whole, name) => {
      const table = expected.get(name);
      return table === undefined ? whole : `<!-- table: ${name} -->\n${table}\n<!-- end -->`;
    });
    writeFileSync(path, text);
  }

  test('has a table for everything in the code, and none besides', () => {
    expect([...marked().keys()].sort()).toEqual([...expected.keys()].sort());
  });

  test.each([...expected])('shows %s as the code has it', (name, table) => {
    expect(marked().get(name)).toBe(table);
  });
});

function named(schemas: Readonly<Record<string, z.ZodType>>): [string, string][] {
  return Object.entries(schemas).map(([name, schema]) => [name, fieldTable(schema)]);
}
