import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Events } from 'discord.js';
import { expect, test } from 'vitest';
import { Stage } from './stage.ts';

const op4 = (stage: Stage, channelId: string | null) => ({
  id: randomUUID(),
  payload: {
    op: 4 as const,
    d: { guild_id: stage.guild.guildId, channel_id: channelId as never, self_mute: false, self_deaf: true },
  },
});

test('a wish of the player joins the channel, and the credentials come back in order', async () => {
  await using stage = await Stage.build();
  const order: string[] = [];
  // The first one is slow: the second must wait for its acknowledgement.
  stage.player.script.VOICE_STATE_UPDATE = async () => {
    await new Promise((resolve) => setTimeout(resolve, 60));
    order.push('state acknowledged');
    return {};
  };
  stage.player.script.VOICE_SERVER_UPDATE = () => {
    order.push('server');
    return {};
  };
  stage.guild.emit('VOICE_GATEWAY_SEND', op4(stage, stage.lounge.id));

  await expect.poll(() => order).toEqual(['state acknowledged', 'server']);
  expect(stage.lounge.memberIds).toEqual([stage.discord.bot.id]);
  const [state] = stage.player.commandsOf('VOICE_STATE_UPDATE');
  expect(state?.data).toMatchObject({
    user_id: stage.discord.bot.id,
    channel_id: stage.lounge.id,
    self_deaf: true,
    session_id: stage.discord.bot.voiceStateIn(stage.discord.guild())?.sessionId,
  });
  const [server] = stage.player.commandsOf('VOICE_SERVER_UPDATE');
  expect(server?.data.endpoint).toMatch(/:\d+$/);
  expect(stage.logLines.join('')).not.toContain(server?.data.token ?? 'no token');
  stage.assertClean();
});

test('the player is told what the channel allows, on arrival and when it changes', async () => {
  await using stage = await Stage.build();
  stage.guild.emit('VOICE_GATEWAY_SEND', op4(stage, stage.lounge.id));
  const bitrates = () =>
    stage.player.commandsOf('VOICE_CHANNEL_UPDATE').map(({ data }) => [data.channel_id, data.bitrate_bps]);
  await expect.poll(bitrates).toEqual([[stage.lounge.id, 64_000]]);

  stage.guild.become({ channel_id: stage.lounge.id as never });
  await expect
    .poll(() => stage.bot.link.mirrorOf(stage.guild.guildId)?.snapshot?.channel_id)
    .toBe(stage.lounge.id);
  stage.discord.moderator.setsBitrate(stage.discord.guild().voiceChannel('Studio'), 96_000);
  stage.discord.moderator.setsBitrate(stage.lounge, 128_000);
  await expect.poll(bitrates).toEqual([
    [stage.lounge.id, 64_000],
    [stage.lounge.id, 128_000],
  ]);
});

test('the states of other people stay with the bot', async () => {
  await using stage = await Stage.build();
  await stage.discord.user('ann').joins(stage.lounge);
  stage.guild.emit('VOICE_GATEWAY_SEND', op4(stage, stage.lounge.id));
  await expect.poll(() => stage.player.commandsOf('VOICE_SERVER_UPDATE')).toHaveLength(1);
  expect(stage.player.commandsOf('VOICE_STATE_UPDATE').map((command) => command.data.user_id)).toEqual([
    stage.discord.bot.id,
  ]);
});

test('a kick and a wish to leave reach the player as a voice state without a channel', async () => {
  await using stage = await Stage.build();
  stage.guild.emit('VOICE_GATEWAY_SEND', op4(stage, stage.lounge.id));
  await expect.poll(() => stage.player.commandsOf('VOICE_SERVER_UPDATE')).toHaveLength(1);
  stage.guild.emit('VOICE_GATEWAY_SEND', op4(stage, null));
  await expect.poll(() => stage.player.commandsOf('VOICE_STATE_UPDATE').at(-1)?.data.channel_id).toBeNull();
  expect(stage.lounge.memberIds).toEqual([]);
});

test('a wish for another guild than its own is dropped', async () => {
  await using stage = await Stage.build();
  const other = stage.discord.addGuild({ name: 'Other', voiceChannels: ['There'] });
  const wish = op4(stage, other.voiceChannel('There').id);
  stage.guild.emit('VOICE_GATEWAY_SEND', {
    id: randomUUID(),
    payload: { ...wish.payload, d: { ...wish.payload.d, guild_id: other.id as never } },
  });
  await expect.poll(() => stage.logLines.join('')).toContain('another guild');
  expect(other.voiceChannel('There').memberIds).toEqual([]);
});

const sentWishes = (stage: Stage) =>
  stage.discord.log.gateway.filter((entry) => entry.direction === 'fromClient' && entry.op === 4);

test('a wish is sent once, also where word from before it comes in between', async () => {
  await using stage = await Stage.build();
  const wish = op4(stage, stage.lounge.id);
  stage.guild.emit('VOICE_GATEWAY_SEND', wish);
  stage.guild.become({ gateway_request: null });
  stage.guild.become({ gateway_request: wish as never });
  stage.guild.emit('VOICE_GATEWAY_SEND', op4(stage, null));
  await expect.poll(() => stage.player.commandsOf('VOICE_STATE_UPDATE').at(-1)?.data.channel_id).toBeNull();
  const channels = sentWishes(stage).map(({ d }) => (d as { channel_id: string | null }).channel_id);
  expect(channels).toEqual([stage.lounge.id, null]);
});

/** The player is in the lounge, as far as both sides know. */
async function settledIn(stage: Stage): Promise<void> {
  stage.guild.emit('VOICE_GATEWAY_SEND', op4(stage, stage.lounge.id));
  await expect.poll(() => stage.player.commandsOf('VOICE_SERVER_UPDATE')).toHaveLength(1);
  stage.guild.become({ channel_id: stage.lounge.id as never, voice_status: 'ready', is_connected: true });
}

test('after a restart the bot asks once for the channel the player is in, and the player gets fresh credentials', async () => {
  await using stage = await Stage.build();
  await settledIn(stage);
  const before = stage.discord.bot.voiceStateIn(stage.discord.guild())?.sessionId;
  await stage.stopBot();
  await stage.startBot();
  await expect.poll(() => stage.player.commandsOf('VOICE_SERVER_UPDATE')).toHaveLength(2);
  const now = stage.discord.bot.voiceStateIn(stage.discord.guild());
  expect(now).toMatchObject({ channelId: stage.lounge.id, selfDeaf: true });
  expect(now?.sessionId).not.toBe(before);
  expect(stage.player.commandsOf('VOICE_STATE_UPDATE').at(-1)?.data.session_id).toBe(now?.sessionId);
  expect(sentWishes(stage)).toHaveLength(2);
});

test('twenty playing guilds are asked for within five seconds of a restart, once each', async () => {
  await using stage = await Stage.build();
  const guilds = Array.from({ length: 20 }, (_, index) =>
    stage.discord.addGuild({ name: `guild ${index}`, voiceChannels: ['Lounge'] }),
  );
  await stage.stopBot();
  for (const guild of guilds)
    stage.player
      .guild(guild.id)
      .become({ channel_id: guild.voiceChannel('Lounge').id as never, voice_status: 'ready' });
  const began = performance.now();
  await stage.startBot();
  const isIn = () => guilds.filter((guild) => stage.discord.bot.voiceStateIn(guild) !== undefined).length;
  await expect.poll(isIn, { timeout: 5_000 }).toBe(20);
  expect(performance.now() - began).toBeLessThan(5_000);
  expect(sentWishes(stage)).toHaveLength(20);
});

test('where Discord let the voice state go, the bot goes back to the channel the player tells', async () => {
  await using stage = await Stage.build();
  await settledIn(stage);
  await stage.stopBot();
  const studio = stage.discord.guild().voiceChannel('Studio');
  stage.guild.become({ channel_id: studio.id as never });
  expect(stage.discord.bot.voiceStateIn(stage.discord.guild())).toBeUndefined();
  await stage.startBot();
  await expect.poll(() => studio.memberIds).toEqual([stage.discord.bot.id]);
});

test('a move that a moderator made while the bot was away is kept', async () => {
  await using stage = await Stage.build();
  await settledIn(stage);
  const before = stage.bot;
  await before.stop();
  const studio = stage.discord.guild().voiceChannel('Studio');
  stage.discord.moderator.moves(stage.discord.bot, studio);
  await stage.startBot();
  await expect.poll(() => sentWishes(stage)).toHaveLength(2);
  await expect
    .poll(() => stage.player.commandsOf('VOICE_STATE_UPDATE').at(-1)?.data.channel_id)
    .toBe(studio.id);
  expect(studio.memberIds).toEqual([stage.discord.bot.id]);
  await before.client.destroy();
});

test('where the player is nowhere a restarted bot asks for nothing', async () => {
  await using stage = await Stage.build();
  await stage.stopBot();
  const before = stage.player.received.length;
  await stage.startBot();
  expect(sentWishes(stage)).toEqual([]);
  expect(stage.player.received.slice(before).map((command) => command.action)).toEqual(['GET_STATE']);
});

test('a session that Discord takes away is replaced without a word to the player that it was sent off', async () => {
  await using stage = await Stage.build();
  await settledIn(stage);
  stage.discord.bot.invalidateSession();
  await expect
    .poll(() => stage.player.commandsOf('VOICE_SERVER_UPDATE').length, { timeout: 10_000 })
    .toBeGreaterThan(1);
  expect(stage.player.commandsOf('VOICE_STATE_UPDATE').map(({ data }) => data.channel_id)).not.toContain(
    null,
  );
  expect(stage.lounge.memberIds).toEqual([stage.discord.bot.id]);
});

test('a wish while the gateway is gone is sent when it is back, unless the player withdrew it', async () => {
  await using stage = await Stage.build();
  const [kept, withdrawn] = [
    op4(stage, stage.lounge.id),
    stage.discord.addGuild({ name: 'Other', voiceChannels: ['There'] }),
  ];
  const other = stage.player.guild(withdrawn.id);
  await expect.poll(() => stage.bot.link.mirrorOf(other.guildId)?.snapshot ?? null).not.toBeNull();
  const wish = {
    id: randomUUID(),
    payload: {
      op: 4 as const,
      d: {
        ...kept.payload.d,
        guild_id: other.guildId,
        channel_id: withdrawn.voiceChannel('There').id as never,
      },
    },
  };
  const resumed = once(stage.bot.client, Events.ShardResume);
  const reconnecting = once(stage.bot.client, Events.ShardReconnecting);
  stage.discord.bot.dropGateway();
  await reconnecting;
  stage.guild.become({ gateway_request: kept });
  other.become({ gateway_request: wish });
  other.become({ gateway_request: null });
  await expect.poll(() => stage.bot.link.mirrorOf(other.guildId)?.snapshot?.sequence).toBe(2);
  await resumed;
  await expect.poll(() => stage.lounge.memberIds).toEqual([stage.discord.bot.id]);
  expect(sentWishes(stage)).toHaveLength(1);
  expect(withdrawn.voiceChannel('There').memberIds).toEqual([]);
});

test('on a stage the bot makes itself a speaker if it may, and raises its hand if not', async () => {
  for (const mayMute of [true, false]) {
    await using stage = await Stage.build();
    const channel = stage.discord.guild().voiceChannel('Stage');
    const { moderator, bot } = stage.discord;
    if (mayMute) moderator.allows(channel, bot, 'MuteMembers');
    moderator.allows(channel, bot, 'RequestToSpeak');
    stage.guild.emit('VOICE_GATEWAY_SEND', op4(stage, channel.id));
    await expect
      .poll(
        () =>
          stage.discord.log.rest.find((call) => call.route === '/guilds/:guild/voice-states/@me')
            ?.requestBody,
      )
      .toMatchObject(mayMute ? { suppress: false } : { request_to_speak_timestamp: expect.any(String) });
  }
});

test('a wish whose event was lost is found in the snapshot, and carried out once', async () => {
  await using stage = await Stage.build();
  const wish = op4(stage, stage.lounge.id);
  stage.guild.become({ gateway_request: wish });
  await expect.poll(() => stage.player.commandsOf('VOICE_SERVER_UPDATE')).toHaveLength(1);
  stage.guild.become({ volume_percent: 90 });
  stage.guild.emit('VOICE_GATEWAY_SEND', wish);
  await expect.poll(() => stage.bot.link.mirrorOf(stage.guild.guildId)?.snapshot?.volume_percent).toBe(90);
  expect(
    stage.discord.log.gateway.filter((entry) => entry.direction === 'fromClient' && entry.op === 4),
  ).toHaveLength(1);
});
