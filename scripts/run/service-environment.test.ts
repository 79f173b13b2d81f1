import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { botToken, playerEnvironment, readEnvironment } from './service-environment.ts';

// Two dots and random parts, like a real one.
const TOKEN = `${'A'.repeat(24)}.Token1.${'x'.repeat(27)}`;

test.each([
  '',
  '   ',
  'your_discord_bot_token_here',
  'YOUR-BOT-TOKEN',
  '<token>',
  'changeme',
  'xxxxxxxx',
  '...',
])('%j in place of a token is none', (placeholder) => {
  expect(botToken({ BOT_TOKEN: placeholder })).toBeUndefined();
});

test('a token is taken from BOT_TOKEN, else from DISCORD_TOKEN', () => {
  expect(botToken({ BOT_TOKEN: TOKEN })).toBe(TOKEN);
  expect(botToken({ DISCORD_TOKEN: TOKEN })).toBe(TOKEN);
  expect(botToken({ BOT_TOKEN: '', DISCORD_TOKEN: TOKEN })).toBe(TOKEN);
});

test('what looks like neither is left for Discord to judge', () => {
  expect(botToken({ BOT_TOKEN: 'mistyped' })).toBe('mistyped');
});

test('the player is started without any bot token', () => {
  expect(playerEnvironment({ BOT_TOKEN: TOKEN, DISCORD_TOKEN: TOKEN, LOG_LEVEL: 'debug' })).toEqual({
    LOG_LEVEL: 'debug',
  });
});

test('the shell overrides .env, and a missing .env is an empty one', () => {
  const folder = mkdtempSync(join(tmpdir(), 'environment-'));
  using _ = { [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
  const path = join(folder, '.env');

  expect(readEnvironment(path, { LOG_LEVEL: 'warn' })).toEqual({ LOG_LEVEL: 'warn' });
  writeFileSync(path, '# comment\nLOG_LEVEL=debug\nDATA_DIR="/data dir"\n');
  expect(readEnvironment(path, { LOG_LEVEL: 'warn' })).toEqual({ LOG_LEVEL: 'warn', DATA_DIR: '/data dir' });
});
