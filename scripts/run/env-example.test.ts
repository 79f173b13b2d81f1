import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { botEnvironmentSchema } from '../../packages/bot-client/src/config.ts';
import { playerEnvironmentSchema, readConfig } from '../../packages/player-service/src/config.ts';

/** Files in place of secrets, which the bot reads before its schema sees them. */
const SECRET_FILES = ['BOT_TOKEN_FILE', 'DISCORD_TOKEN_FILE', 'DATABASE_URL_FILE'];

const text = readFileSync(join(import.meta.dirname, '../../env.example'), 'utf8');
const lines = text.split('\n');
/** Every variable of the example with the value it shows, whether in force or commented out. */
const example = Object.fromEntries(
  lines.flatMap((line) => {
    const [, name, value] = /^(?:# )?([A-Z][A-Z0-9_]*)=(.*)$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value]];
  }),
);
const schemas = { bot: botEnvironmentSchema, player: playerEnvironmentSchema };

/** What only tests set: the player refuses it in production. */
function isForTests(name: string): boolean {
  try {
    readConfig({ NODE_ENV: 'production', [name]: 'x' });
    return false;
  } catch (error) {
    return (error as Error).message.includes(`${name}: for tests only`);
  }
}

test('env.example names every variable of both services, and none that neither reads', () => {
  const known = Object.values(schemas).flatMap((schema) => Object.keys(schema.shape));
  const wanted = known.filter((name) => name !== 'NODE_ENV' && !isForTests(name));
  expect(Object.keys(example).sort()).toEqual([...new Set([...wanted, ...SECRET_FILES])].sort());
});

test.each(Object.entries(schemas))(
  'the values that env.example shows for the %s are its defaults',
  (_, schema) => {
    const shown = Object.fromEntries(
      Object.keys(schema.shape)
        .map((name) => [name, example[name] ?? ''])
        .filter(([, value]) => value !== ''),
    );
    const defaults: Record<string, unknown> = schema.parse({});
    const parsed: Record<string, unknown> = schema.parse(shown);
    for (const name of Object.keys(shown)) {
      if (defaults[name] !== undefined) expect({ [name]: parsed[name] }).toEqual({ [name]: defaults[name] });
    }
  },
);

test('every variable has one comment line above it', () => {
  for (const name of Object.keys(example)) {
    const index = lines.findIndex((line) => line.replace('# ', '').startsWith(`${name}=`));
    expect(lines[index - 1], name).toMatch(/^# \S.*\.$/);
  }
});

test('nothing but the token is in force in env.example', () => {
  expect(lines.filter((line) => /^[A-Z]/.test(line))).toEqual(['BOT_TOKEN=your_discord_bot_token_here']);
});
