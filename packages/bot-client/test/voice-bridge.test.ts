import { randomUUID } from 'node:crypto';
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

test('a bot restart leaves the voice session of a playing guild alone', async () => {
  await using stage = await Stage.build();
  stage.guild.emit('VOICE_GATEWAY_SEND', op4(stage, stage.lounge.id));
  await expect.poll(() => stage.player.commandsOf('VOICE_SERVER_UPDATE')).toHaveLength(1);
  const before = stage.player.received.length;
  const sent = () =>
    stage.discord.log.gateway.filter((entry) => entry.direction === 'fromClient' && entry.op === 4).length;
  const wishes = sent();
  await stage.stopBot();
  await stage.startBot();
  expect(sent()).toBe(wishes);
  expect(stage.player.received.slice(before).map((command) => command.action)).toEqual(['GET_STATE']);
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
