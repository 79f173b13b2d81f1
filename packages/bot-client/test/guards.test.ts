import { randomUUID } from 'node:crypto';
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

test.each([
  ['ViewChannel', /^I cannot see <#\d+>/],
  ['Connect', /^I may not join <#\d+>/],
  ['Speak', /^I may not speak in <#\d+>/],
] as const)('without the permission %s the bot says what it needs', async (permission, sentence) => {
  await using stage = await Stage.build();
  const ann = stage.discord.user('ann');
  await ann.joins(stage.lounge);
  stage.discord.moderator.denies(stage.lounge, stage.discord.bot, permission);
  const answer = await ann.runs('/play', { query: 'x' }, { in: stage.general }).reply();
  expect(answer.content).toMatch(sentence);
  expect(stage.player.commandsOf('CONNECT')).toEqual([]);
  stage.assertClean();
});

test('/play works where the bot may not write, and says that there will be no panel', async () => {
  await using stage = await Stage.build();
  const ann = stage.discord.user('ann');
  await ann.joins(stage.lounge);
  stage.discord.moderator.denies(stage.general, stage.discord.bot, 'SendMessages');
  stage.player.script.ADD_TO_QUEUE = adds(song('x'));
  const answer = await ann.runs('/play', { query: 'x' }, { in: stage.general }).reply();
  expect(answer.embeds[0]?.description).toMatch(/starting now\.\nI may not write here/);
  stage.assertClean();
});

test('whoever sits in another channel than the bot does not steer it, and may not take it from its listeners', async () => {
  await using stage = await Stage.build();
  const studio = stage.discord.guild().voiceChannel('Studio');
  const [ann, bob] = [stage.discord.user('ann'), stage.discord.user('bob')];
  await ann.joins(stage.lounge);
  await bob.joins(studio);
  stage.guild.emit('VOICE_GATEWAY_SEND', {
    id: randomUUID(),
    payload: {
      op: 4,
      d: { guild_id: stage.guild.guildId, channel_id: studio.id as never, self_mute: false, self_deaf: true },
    },
  });
  await expect.poll(() => stage.player.commandsOf('VOICE_SERVER_UPDATE')).toHaveLength(1);
  for (const command of ['/skip', '/join'])
    expect((await ann.runs(command, {}, { in: stage.general }).reply()).content).toBe(
      `I am playing in <#${studio.id}>. Please come over.`,
    );
  await bob.leaves();
  const answer = await ann.runs('/join', {}, { in: stage.general }).reply();
  expect(answer.content).toBe(`I am in <#${stage.lounge.id}>.`);
  stage.assertClean();
});

test('a command that takes its time is acknowledged first and answered later', async () => {
  await using stage = await Stage.build();
  const ann = stage.discord.user('ann');
  await ann.joins(stage.lounge);
  let answer = (): void => {};
  stage.player.script.PAUSE = () =>
    new Promise((resolve) => {
      answer = () => resolve({ changed: true });
    });
  const invocation = ann.runs('/pause', {}, { in: stage.general });
  const acknowledgedAfterMs = await invocation.acknowledged;
  expect(acknowledgedAfterMs).toBeGreaterThan(1_000);
  expect(acknowledgedAfterMs).toBeLessThan(3_000);
  answer();
  expect((await invocation.reply()).content).toBe('Paused.');
  stage.assertClean();
});

test('a bot that stops answers what is under way', async () => {
  await using stage = await Stage.build();
  const ann = stage.discord.user('ann');
  await ann.joins(stage.lounge);
  const invocation = ann.runs('/play', { query: 'slow' }, { in: stage.general });
  await expect.poll(() => stage.player.commandsOf('ADD_TO_QUEUE')).toHaveLength(1);
  await stage.stopBot();
  expect((await invocation.reply()).content).toMatch(/^I am restarting\./);
  stage.assertClean();
});

test('the owner is told the code of a failure, others are not', async () => {
  await using stage = await Stage.build();
  const [ann, bob] = [stage.discord.user('ann'), stage.discord.user('bob')];
  await stage.stopBot();
  await stage.startBot({ OWNER_ID: ann.id });
  const ask = async (user: typeof ann) =>
    (await user.runs('/nowplaying', {}, { in: stage.general }).reply()).content;
  expect(await ask(ann)).toBe('Nothing is playing. (NOTHING_PLAYING)');
  expect(await ask(bob)).toBe('Nothing is playing.');
});

test('readiness follows Discord and the player', async () => {
  await using stage = await Stage.build();
  const ready = async () => (await fetch(`http://127.0.0.1:${stage.bot.healthPort}/readyz`)).status;
  expect(await ready()).toBe(200);
  await stage.killPlayer();
  await expect.poll(ready, { timeout: 8_000 }).toBe(503);
});
