import { renderMessage } from '@bandstand/discord-simulator';
import { describe, expect, test } from 'vitest';
import { Ear, longestGapMs } from './harness/ear.ts';
import { Scene } from './harness/scene.ts';
import { shareStack } from './harness/shared-stack.ts';
import type { Stack } from './harness/stack.ts';

/** The track that all of them play: six seconds of 440 Hz. */
const TRACK = 'tone440';
const TRACK_FRAMES = 301;
/** What may be under way when a connection breaks. */
const UNDER_WAY_FRAMES = 10;
const UPDATE_VOICE_STATE = 4;

let stack: Stack;

shareStack((started) => {
  stack = started;
});

/** A scene in which the first second of the track was heard. */
async function playing(name: string): Promise<Scene> {
  const scene = await Scene.open(stack, name);
  await scene.play(stack.site.pageUrl(TRACK));
  await scene.ear.hearsMusic(50);
  return scene;
}

/** How often Discord was asked for this guild's voice channel. */
function asked({ guild }: Scene): number {
  return stack.discord.log.gateway.filter(({ op, direction, d }) => {
    const isAbout = typeof d === 'object' && d !== null && Reflect.get(d, 'guild_id') === guild.id;
    return (
      op === UPDATE_VOICE_STATE &&
      direction === 'fromClient' &&
      isAbout &&
      Reflect.get(d, 'channel_id') !== null
    );
  }).length;
}

function closeVoice({ guild }: Scene, code: number): void {
  stack.discord.voice.closeSession({ guildId: guild.id, userId: stack.discord.bot.id }, code);
}

/** That the track was heard once from its beginning to its end, whatever befell it: its position was kept. */
function expectWhole(frames: number, lost = UNDER_WAY_FRAMES): void {
  expect(frames).toBeLessThanOrEqual(TRACK_FRAMES + 1);
  expect(frames).toBeGreaterThanOrEqual(TRACK_FRAMES - 1 - lost);
}

describe.concurrent('a voice connection is lost in the middle of a track', () => {
  test.each([4006, 4009])('%i: one question to Discord, heard again within three seconds', async (code) => {
    const scene = await playing(`closed ${code}`);
    closeVoice(scene, code);
    const music = await scene.ear.hearsTheEnd(TRACK_FRAMES - 10);
    expectWhole(music.length);
    expect(longestGapMs(music)).toBeLessThan(3_000);
    expect(asked(scene)).toBe(2);
    expect(scene.ear.counts).toMatchObject({ plaintextWhileDave: 0, undecryptable: 0 });
  });

  test.each([1006, 4015])('%i: resumed where it was, without a question', async (code) => {
    const scene = await playing(`closed ${code}`);
    closeVoice(scene, code);
    const music = await scene.ear.hearsTheEnd(TRACK_FRAMES - 10);
    expectWhole(music.length);
    expect(longestGapMs(music)).toBeLessThan(1_500);
    expect(asked(scene)).toBe(1);
  });

  test('4021: no question, a sentence for the people, and /join goes on where the music was', async () => {
    const scene = await playing('closed 4021');
    closeVoice(scene, 4021);
    await scene.text.waitForMessage((message) => renderMessage(message).includes('Too many joins'));
    const before = scene.ear.music.length;
    expect(asked(scene)).toBe(1);
    await scene.answerTo('/join');
    const music = await scene.ear.hearsTheEnd(before + 100);
    expectWhole(music.length, 2 * UNDER_WAY_FRAMES);
    expect(asked(scene)).toBe(2);
  });

  test('another region: the music moves to the new voice server without a question', async () => {
    const scene = await playing('region');
    await stack.discord.voice.openEndpoint();
    stack.discord.moderator.losesVoiceServer(stack.discord.bot, scene.guild);
    stack.discord.moderator.restoresVoiceServer(stack.discord.bot, scene.guild);
    const music = await scene.ear.hearsTheEnd(TRACK_FRAMES - 10);
    expectWhole(music.length);
    expect(longestGapMs(music)).toBeLessThan(2_000);
    expect(asked(scene)).toBe(1);
  });
});

describe.concurrent('a moderator acts in the middle of a track', () => {
  test('moved to another channel: the music goes on there, and is encrypted for those who are there', async () => {
    const scene = await playing('moved');
    const there = scene.guild.addVoiceChannel('Next door');
    const neighbour = stack.discord.user('neighbour');
    await neighbour.joins(there);
    const ear = new Ear(await neighbour.hears());
    stack.discord.moderator.moves(stack.discord.bot, there);
    const music = await ear.hearsTheEnd(TRACK_FRAMES - 150);
    expectWhole(scene.ear.music.length + music.length);
    expect(music.every(({ encrypted }) => encrypted === 'dave')).toBe(true);
    expect(asked(scene)).toBe(1);
  });

  test('kicked: nobody is asked, the place in the track is kept, and /join goes on there', async () => {
    const scene = await playing('kicked');
    stack.discord.moderator.kicks(stack.discord.bot, scene.guild);
    await scene.text.waitForMessage((message) =>
      renderMessage(message).includes('sent out of the voice channel'),
    );
    const before = scene.ear.music.length;
    expect(asked(scene)).toBe(1);
    await scene.answerTo('/join');
    const music = await scene.ear.hearsTheEnd(before + 100);
    expectWhole(music.length, 2 * UNDER_WAY_FRAMES);
  });

  test('muted: the music waits, and goes on with the very next frame', async () => {
    const scene = await playing('muted');
    const { moderator, bot } = stack.discord;
    moderator.serverMutes(bot, true, scene.guild);
    const before = (await scene.ear.hearsTheEnd(50)).length;
    expect(await scene.answerTo('/nowplaying')).toContain('440 Hz');
    expect(scene.ear.music).toHaveLength(before);
    moderator.serverMutes(bot, false, scene.guild);
    const music = await scene.ear.hearsTheEnd(TRACK_FRAMES - 10);
    expectWhole(music.length, 0);
    expect(asked(scene)).toBe(1);
  });
});

test('in the audience of a stage the music waits; let to speak, the whole of it is heard', async () => {
  const scene = await Scene.open(stack, 'stage');
  const stage = scene.guild.addStageChannel('Town hall');
  await scene.user.joins(stage);
  const ear = new Ear(await scene.user.hears());
  await scene.play(stack.site.pageUrl(TRACK));
  await stack.player.logs.waitFor((line) => line['guildId'] === scene.guild.id && line['muted'] === true);
  const shown = await scene.answerTo('/nowplaying');
  expect(shown).toContain('440 Hz');
  expect(shown).toContain('Not invited to speak yet');
  expect(ear.frames).toHaveLength(0);
  stack.discord.moderator.suppresses(stack.discord.bot, false, scene.guild);
  const music = await ear.hearsTheEnd(TRACK_FRAMES - 10);
  expectWhole(music.length, 0);
});

describe('what befalls all guilds at once', () => {
  test('the gateway connection of the bot is cut and resumed: not a frame is missing', async () => {
    const scene = await playing('gateway resume');
    stack.discord.bot.dropGateway();
    const music = await scene.ear.hearsTheEnd(TRACK_FRAMES - 10);
    expectWhole(music.length, 0);
    expect(longestGapMs(music)).toBeLessThan(300);
    expect(scene.ear.counts.lost).toBe(0);
  });

  test('UDP falls silent while the voice gateway is well: noticed, and heard again within eight seconds', async () => {
    const scene = await Scene.open(stack, 'udp silent');
    await scene.play(stack.site.pageUrl('minute'));
    await scene.ear.hearsMusic(50);
    const { faults } = stack.discord.voice;
    faults.datagramsToServer.lossFraction = 1;
    await stack.player.logs.waitFor(
      (line) => line['guildId'] === scene.guild.id && String(line['loss']).includes('UDP'),
    );
    faults.reset();
    const music = await scene.ear.hearsMusic(scene.ear.music.length + 50);
    expect(longestGapMs(music)).toBeLessThan(8_000);
    expect(asked(scene)).toBe(2);
  });
});
