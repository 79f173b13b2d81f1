import { expect, test } from 'vitest';
import { adds, song } from './scripted-player.ts';
import { Stage } from './stage.ts';

test('whoever is in no voice channel is asked to join one, and the player hears nothing', async () => {
  await using stage = await Stage.build();
  const answer = await stage.discord.user('ann').runs('/play', { query: 'x' }, { in: stage.general }).reply();
  expect(answer.content).toBe('Please join a voice channel first.');
  expect(answer.flags).toBe(64);
  expect(stage.player.commandsOf('ADD_TO_QUEUE')).toEqual([]);
  stage.assertClean();
});

test('a full channel is refused before Discord would answer with silence', async () => {
  await using stage = await Stage.build();
  const small = stage.discord.guild().addVoiceChannel('Small', { userLimit: 1 });
  const ann = stage.discord.user('ann');
  await expect.poll(() => stage.bot.client.channels.cache.has(small.id)).toBe(true);
  await ann.joins(small);
  const answer = await ann.runs('/join', {}, { in: stage.general }).reply();
  expect(answer.content).toBe(`<#${small.id}> is full.`);
  stage.assertClean();
});

test('more than ten commands in five seconds are too fast', async () => {
  await using stage = await Stage.build();
  const ann = stage.discord.user('ann');
  for (let i = 0; i < 10; i++) await ann.runs('/help', {}, { in: stage.general }).reply();
  const answer = await ann.runs('/help', {}, { in: stage.general }).reply();
  expect(answer.content).toMatch(/^That was a bit fast\./);
  stage.assertClean();
});

test('while the player is away, commands say so within three seconds, and work again when it is back', async () => {
  await using stage = await Stage.build();
  const ann = stage.discord.user('ann');
  await ann.joins(stage.lounge);
  await stage.killPlayer();

  const invocation = ann.runs('/pause', {}, { in: stage.general });
  const began = performance.now();
  const answer = await invocation.reply();
  expect(answer.content).toBe('The player is restarting. Please try again in a moment.');
  expect(performance.now() - began).toBeLessThan(3_000);

  await stage.revivePlayer();
  stage.player.script.ADD_TO_QUEUE = adds(song('back'));
  await expect
    .poll(async () => (await ann.runs('/pause', {}, { in: stage.general }).reply()).content, {
      timeout: 15_000,
      interval: 600,
    })
    .toBe('Paused.');
  stage.assertClean();
});

test('a failure nobody foresaw gets a number that is in the log', async () => {
  await using stage = await Stage.build();
  stage.bot.link.follow(stage.guild.guildId).apply = () => {};
  stage.player.script.GET_STATE = (_command, guild) => ({
    ...guild.snapshot(),
    // A song that breaks the view: the contract says string.
    current_song: { ...song('x'), webpage_url: 'https://a.test' },
    request: null,
  });
  Object.defineProperty(stage.bot.link, 'positionMs', {
    value: () => {
      throw new Error('boom with Bot aaaaaaaaaaaaaaaaaaaaaaaa.bbbbbb.ccccccccccccccccccccccccccccc');
    },
  });
  const answer = await stage.discord.user('ann').runs('/nowplaying', {}, { in: stage.general }).reply();
  const incident = /: ([\da-f]{8})$/.exec(answer.content)?.[1];
  expect(incident).toBeDefined();
  const line = stage.logLines.find((text) => text.includes(incident ?? 'none'));
  expect(line).toContain('boom');
  expect(line).not.toContain('cccccccc');
  stage.discord.assertNothingUnexpected();
});

test('answers speak the language of whoever asks', async () => {
  await using stage = await Stage.build();
  const names = stage.bot.client.application?.commands;
  expect(names).toBeDefined();
  const registered = stage.discord.log.rest.find((call) => call.method === 'PUT')?.requestBody as {
    name: string;
    name_localizations: Record<string, string>;
  }[];
  expect(registered.find((command) => command.name === 'skip')?.name_localizations).toEqual({
    de: 'überspringen',
    fr: 'passer',
    'es-ES': 'saltar',
    'es-419': 'saltar',
  });
});
