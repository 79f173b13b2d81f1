import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '@bandstand/service-kit';
import { expect, test } from 'vitest';
import { readConfig } from './config.ts';

const token = 'a-token-of-the-simulator';

function problemsOf(env: Record<string, string | undefined>): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

test('a token is enough: everything else has a default', () => {
  expect(readConfig({ BOT_TOKEN: token })).toMatchObject({
    token,
    commandEndpoint: 'tcp://127.0.0.1:5555',
    eventEndpoint: 'tcp://127.0.0.1:5556',
    discordApiUrl: 'https://discord.com/api',
    logLevel: 'info',
    security: { mechanism: 'none', allowInsecure: false },
  });
});

test('the old name of the token still works, and so do host and ports', () => {
  const config = readConfig({
    DISCORD_TOKEN: token,
    PLAYER_SERVICE_HOST: 'player',
    COMMAND_PORT: '7001',
    EVENT_PORT: '7002',
    LOG_LEVEL: 'WARN',
  });
  expect(config).toMatchObject({
    token,
    commandEndpoint: 'tcp://player:7001',
    eventEndpoint: 'tcp://player:7002',
    logLevel: 'warn',
  });
});

test.each(['your_discord_bot_token_here', 'changeme', '<token>', '   ', ''])(
  '%j counts as no token',
  (value) => {
    expect(problemsOf({ BOT_TOKEN: value })).toEqual([expect.stringMatching(/^BOT_TOKEN: missing/)]);
    expect(readConfig({ BOT_TOKEN: value, DISCORD_TOKEN: token }).token).toBe(token);
  },
);

test('a token may stand in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bandstand-config-'));
  try {
    const file = join(folder, 'token');
    writeFileSync(file, `${token}\n`);
    expect(readConfig({ BOT_TOKEN_FILE: file }).token).toBe(token);
    expect(problemsOf({ BOT_TOKEN_FILE: join(folder, 'absent') })).toEqual(
      expect.arrayContaining(['BOT_TOKEN_FILE: cannot be read (ENOENT)']),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('an IPv6 host is put in brackets', () => {
  expect(readConfig({ BOT_TOKEN: token, PLAYER_SERVICE_HOST: '::1' }).commandEndpoint).toBe(
    'tcp://[::1]:5555',
  );
});

test.each([
  ['COMMAND_PORT', '0'],
  ['EVENT_PORT', '65536'],
  ['EVENT_PORT', 'five'],
  ['LOG_LEVEL', 'loud'],
  ['OWNER_ID', 'ann'],
  ['PLAYER_SERVICE_HOST', 'host name'],
  ['PLAYER_COMMAND_ENDPOINT', 'http://player:1'],
  ['PLAYER_EVENT_ENDPOINT', 'tcp://player'],
  ['INSECURE_TRANSPORT', 'maybe'],
  ['DISCORD_API_URL', 'file:///etc/passwd'],
  ['BOT_HEALTH_PORT', '-1'],
  ['DATABASE_URL', 'mysql://localhost/x'],
  ['COMMAND_GUILD_IDS', '123456789012345678,x'],
  ['RADIO_STATIONS', '/nowhere/stations'],
])('%s=%s is one problem that names the variable', (name, value) => {
  const problems = problemsOf({ BOT_TOKEN: token, [name]: value });
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(name);
});

test('half of the CURVE keys is a mistake, not "no encryption"', () => {
  expect(problemsOf({ BOT_TOKEN: token, CURVE_SECRET_KEY_FILE: '/keys/bot.key' })).toEqual([
    expect.stringContaining('CURVE_PUBLIC_KEY_FILE, CURVE_SERVER_PUBLIC_KEY_FILE must be set'),
  ]);
});

test('all problems are told at once, each on a line', () => {
  const problems = problemsOf({ COMMAND_PORT: 'x', LOG_LEVEL: 'x' });
  expect(problems.map((line) => line.split(':', 1)[0]).sort()).toEqual([
    'BOT_TOKEN',
    'COMMAND_PORT',
    'LOG_LEVEL',
  ]);
});
