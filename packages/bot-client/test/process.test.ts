import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startDiscordSimulator } from '@bandstand/discord-simulator';
import { expect, test } from 'vitest';
import { ScriptedPlayer } from './scripted-player.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** The shipped program as its own process. */
function startBotProcess(env: Record<string, string>) {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  const exited = once(child, 'close').then(() => child.exitCode);
  return {
    child,
    exited,
    text: () => output.join(''),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

test('a wrong configuration ends with 78 and one line per problem, without a stack', async () => {
  await using bot = startBotProcess({ COMMAND_PORT: 'x', BOT_TOKEN: 'your_discord_bot_token_here' });
  expect(await bot.exited).toBe(78);
  const lines = bot
    .text()
    .trim()
    .split('\n')
    .filter((line) => !line.includes('Warning'));
  expect(lines.map((line) => line.split(':', 1)[0]).sort()).toEqual(['BOT_TOKEN', 'COMMAND_PORT']);
});

test('a token that Discord does not know ends with 78', async () => {
  await using discord = await startDiscordSimulator();
  const folder = await mkdtemp(join(tmpdir(), 'bandstand-process-'));
  await using bot = startBotProcess({
    BOT_TOKEN: 'not-a-token-of-ours',
    DISCORD_API_URL: discord.restUrl,
    DATA_DIR: folder,
    BOT_HEALTH_PORT: '0',
  });
  expect(await bot.exited).toBe(78);
  expect(bot.text()).not.toContain('not-a-token-of-ours');
  await rm(folder, { recursive: true });
});

test('SIGTERM ends it with 0 in time, without closing its Discord session, and without a secret in the log', async () => {
  await using discord = await startDiscordSimulator();
  await using player = await ScriptedPlayer.start();
  const folder = await mkdtemp(join(tmpdir(), 'bandstand-process-'));
  await using bot = startBotProcess({
    BOT_TOKEN: discord.botToken,
    DISCORD_API_URL: discord.restUrl,
    PLAYER_COMMAND_ENDPOINT: player.commandEndpoint,
    PLAYER_EVENT_ENDPOINT: player.eventEndpoint,
    DATA_DIR: folder,
    BOT_HEALTH_PORT: '0',
    LOG_LEVEL: 'trace',
  });
  await expect.poll(bot.text, { timeout: 10_000 }).toContain('slash commands registered');
  await expect.poll(() => player.received.map(({ action }) => action)).toContain('GET_STATE');

  const began = performance.now();
  bot.child.kill('SIGTERM');
  expect(await bot.exited).toBe(0);
  expect(performance.now() - began).toBeLessThan(5_000);
  // The session waits to be resumed: nobody said goodbye.
  await expect.poll(() => discord.bot.sessions.map(({ attached }) => attached)).toEqual([false]);
  expect(bot.text()).not.toContain(discord.botToken);
  expect(await readdir(folder)).toEqual(['bot.sqlite']);
  discord.assertNothingUnexpected();
  await rm(folder, { recursive: true });
});

test('SIGTERM while Discord cannot be reached ends it with 0 at once, its database closed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bandstand-process-'));
  await using bot = startBotProcess({
    BOT_TOKEN: 'a-token-nobody-reads',
    DISCORD_API_URL: 'http://127.0.0.1:1',
    DATA_DIR: folder,
    BOT_HEALTH_PORT: '0',
  });
  await expect.poll(bot.text, { timeout: 10_000 }).toContain('Discord cannot be reached');
  bot.child.kill('SIGTERM');
  expect(await bot.exited).toBe(0);
  expect(bot.text()).not.toMatch(/"level":"(?:error|fatal)"|without waiting/);
  expect(await readdir(folder)).toEqual(['bot.sqlite']);
  await rm(folder, { recursive: true });
});

test('a folder that another bot uses ends it with 78', { timeout: 30_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bandstand-process-'));
  const env = {
    BOT_TOKEN: 'a-token-nobody-reads',
    DISCORD_API_URL: 'http://127.0.0.1:1',
    DATA_DIR: folder,
    BOT_HEALTH_PORT: '0',
  };
  await using first = startBotProcess(env);
  await expect.poll(first.text, { timeout: 10_000 }).toContain('Discord cannot be reached');
  await using second = startBotProcess(env);
  expect(await second.exited).toBe(78);
  expect(second.text()).toContain('another bot uses it');
  first.child.kill('SIGTERM');
  expect(await first.exited).toBe(0);
  await rm(folder, { recursive: true });
});
