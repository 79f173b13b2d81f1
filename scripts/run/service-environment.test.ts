import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readConfig } from '../../packages/bot-client/src/config.ts';
import { PLAYER_NODE_OPTIONS } from './player-node-options.ts';
import { hasBotToken, playerEnvironment, readEnvironment } from './service-environment.ts';

// Two dots and random parts, like a real one.
const TOKEN = `${'A'.repeat(24)}.Token1.${'x'.repeat(27)}`;

test.each(['your_discord_bot_token_here', 'YOUR-BOT-TOKEN', '<token>', 'changeme', 'xxxxxxxx', '...'])(
  '%j in place of a token is none, and the bot agrees',
  (placeholder) => {
    expect(hasBotToken({ BOT_TOKEN: placeholder })).toBe(false);
    expect(() => readConfig({ BOT_TOKEN: placeholder })).toThrow('BOT_TOKEN: missing');
  },
);

test.each(['BOT_TOKEN', 'DISCORD_TOKEN', 'BOT_TOKEN_FILE', 'DISCORD_TOKEN_FILE'])(
  'a token may come by %s',
  (name) => {
    expect(hasBotToken({ [name]: TOKEN })).toBe(true);
    expect(hasBotToken({ [name]: ' ' })).toBe(false);
  },
);

test('what looks like neither token nor placeholder is left for Discord to judge', () => {
  expect(hasBotToken({ BOT_TOKEN: 'mistyped' })).toBe(true);
});

test('the player is started without any bot token', () => {
  expect(playerEnvironment({ BOT_TOKEN: TOKEN, BOT_TOKEN_FILE: '/run/token', LOG_LEVEL: 'debug' })).toEqual({
    NODE_OPTIONS: PLAYER_NODE_OPTIONS,
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

test('the player runs with the same options of Node as in its image, unless the operator sets others', () => {
  const image = readFileSync(join(import.meta.dirname, '../../player-service.Dockerfile'), 'utf8');
  expect(image).toContain(`NODE_OPTIONS=${PLAYER_NODE_OPTIONS} `);
  expect(playerEnvironment({ NODE_OPTIONS: '--trace-warnings' })).toEqual({
    NODE_OPTIONS: '--trace-warnings',
  });
});
