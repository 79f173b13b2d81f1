import { describe, expect, it } from 'vitest';
import { startDiscordSimulator } from '../src/index.ts';
import { GatewayClient } from './gateway-client.ts';

/** A bare client in a guild with a lounge, and the means to join it. */
async function startWithBot() {
  const discord = await startDiscordSimulator();
  const client = await GatewayClient.open(discord);
  const ready = await client.identify(discord);
  await client.event('GUILD_CREATE');
  const guild = discord.guild();
  return {
    discord,
    client,
    guild,
    sessionId: ready.d.session_id as string,
    join: (channelId: string | null, flags = { self_mute: false, self_deaf: false }) =>
      client.send(4, { guild_id: guild.id, channel_id: channelId, ...flags }),
    voiceEvents: () => client.names().filter((name) => name?.startsWith('VOICE_') === true),
    /** Everything sent before this has been dealt with once the answer is there. */
    async settle() {
      const acks = client.frames.filter(({ op }) => op === 11).length;
      client.send(1, null);
      await client.frame(() => client.frames.filter(({ op }) => op === 11).length > acks);
    },
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await discord.close();
    },
  };
}

describe('voice states', () => {
  it('a join is answered with the state, then the server', async () => {
    await using stage = await startWithBot();
    const { client, guild, discord } = stage;
    stage.join(guild.voiceChannel('Lounge').id);

    const server = await client.event('VOICE_SERVER_UPDATE');
    expect(stage.voiceEvents()).toEqual(['VOICE_STATE_UPDATE', 'VOICE_SERVER_UPDATE']);
    const state = await client.event('VOICE_STATE_UPDATE');
    expect(state.d).toMatchObject({
      user_id: discord.bot.id,
      session_id: stage.sessionId,
      channel_id: guild.voiceChannel('Lounge').id,
      member: { user: { id: discord.bot.id } },
    });
    expect(server.d).toEqual({
      guild_id: guild.id,
      token: expect.any(String),
      endpoint: discord.voice.endpoint,
    });
  });

  it('muting oneself gives no new server, asking for the same again does', async () => {
    await using stage = await startWithBot();
    const { id } = stage.guild.voiceChannel('Lounge');
    stage.join(id);
    stage.join(id, { self_mute: true, self_deaf: false });
    await stage.settle();
    expect(stage.voiceEvents()).toEqual(['VOICE_STATE_UPDATE', 'VOICE_SERVER_UPDATE', 'VOICE_STATE_UPDATE']);

    stage.join(id, { self_mute: true, self_deaf: false });
    await stage.settle();
    expect(stage.voiceEvents().slice(3)).toEqual(['VOICE_STATE_UPDATE', 'VOICE_SERVER_UPDATE']);
    const tokens = stage.client.frames.filter(({ t }) => t === 'VOICE_SERVER_UPDATE').map(({ d }) => d.token);
    expect(new Set(tokens).size).toBe(2);
  });

  it('a full or closed channel is answered with nothing', async () => {
    await using stage = await startWithBot();
    const { discord, guild } = stage;
    const small = guild.addVoiceChannel('Small', { userLimit: 1 });
    await discord.user('alice').joins(small);
    const closed = guild.voiceChannel('Studio');
    discord.moderator.denies(closed, discord.bot, 'Connect');
    await stage.client.event('VOICE_STATE_UPDATE', ({ d }) => d.user_id === discord.user('alice').id);
    const before = stage.voiceEvents().length;

    stage.join(small.id);
    stage.join(closed.id);
    stage.join(guild.textChannel().id);
    await stage.settle();
    expect(discord.bot.voiceStateIn(guild)).toBeUndefined();
    expect(stage.voiceEvents().slice(before)).toEqual([]);

    discord.moderator.grants(discord.bot, guild, 'MoveMembers');
    stage.join(small.id);
    await stage.client.event('VOICE_SERVER_UPDATE');
    expect(small.memberIds).toContain(discord.bot.id);
  });

  it('faults swap the two answers, withhold them, or leave the endpoint out', async () => {
    await using stage = await startWithBot();
    const { discord, guild, client } = stage;
    const { id } = guild.voiceChannel('Lounge');
    const { voiceAnswer } = discord.faults;
    voiceAnswer.swapOrder();
    stage.join(id);
    await stage.settle();
    expect(stage.voiceEvents()).toEqual(['VOICE_SERVER_UPDATE', 'VOICE_STATE_UPDATE']);

    stage.join(null);
    voiceAnswer.silent();
    stage.join(id);
    await stage.settle();
    expect(stage.voiceEvents().slice(2)).toEqual(['VOICE_STATE_UPDATE']);

    voiceAnswer.endpointNull();
    stage.join(id);
    await client.event('VOICE_SERVER_UPDATE', ({ d }) => d.endpoint === null);
    discord.moderator.restoresVoiceServer(discord.bot);
    await stage.settle();
    const endpoints = client.frames.filter(({ t }) => t === 'VOICE_SERVER_UPDATE').map(({ d }) => d.endpoint);
    expect(endpoints).toEqual([discord.voice.endpoint, null, discord.voice.endpoint]);
  });

  it('a moderator moves, mutes and disconnects the bot', async () => {
    await using stage = await startWithBot();
    const { discord, guild, client } = stage;
    const studio = guild.voiceChannel('Studio');
    stage.join(guild.voiceChannel('Lounge').id);
    await client.event('VOICE_SERVER_UPDATE');

    discord.moderator.moves(discord.bot, studio);
    discord.moderator.serverMutes(discord.bot);
    discord.moderator.kicks(discord.bot);

    await client.event('VOICE_STATE_UPDATE', ({ d }) => d.channel_id === null);
    const states = client.frames
      .filter(({ t }) => t === 'VOICE_STATE_UPDATE')
      .map(({ d }) => [d.channel_id, d.mute]);
    expect(states.slice(1)).toEqual([
      [studio.id, false],
      [studio.id, true],
      [null, true],
    ]);
    expect(stage.voiceEvents().filter((name) => name === 'VOICE_SERVER_UPDATE')).toHaveLength(2);
  });

  it('deleting the channel disconnects whoever is in it', async () => {
    await using stage = await startWithBot();
    const { discord, guild, client } = stage;
    const lounge = guild.voiceChannel('Lounge');
    stage.join(lounge.id);
    await client.event('VOICE_SERVER_UPDATE');

    discord.moderator.deletesChannel(lounge);

    await client.event('CHANNEL_DELETE');
    expect(stage.voiceEvents().at(-1)).toBe('VOICE_STATE_UPDATE');
    expect(discord.bot.voiceStateIn(guild)).toBeUndefined();
  });

  it('a person is in one voice channel only, whatever the guild', async () => {
    await using discord = await startDiscordSimulator();
    const second = discord.addGuild({ name: 'Second', textChannels: ['t'], voiceChannels: ['v'] });
    const alice = discord.user('alice');
    await alice.joins(discord.guild().voiceChannel('Lounge'));

    await alice.joins(second.voiceChannel('v'));

    expect(discord.guild().voiceChannel('Lounge').memberIds).toEqual([]);
    expect(second.voiceChannel('v').memberIds).toEqual([alice.id]);
    await alice.leaves();
    expect(second.voiceChannel('v').memberIds).toEqual([]);
  });

  it('two bots hear of each other, and only the one that asked gets the server', async () => {
    await using stage = await startWithBot();
    const { discord, guild, client } = stage;
    const other = discord.addBot('Other Bot');
    await using second = await GatewayClient.open(discord);
    await second.identify(discord, { token: other.token });
    await second.event('GUILD_CREATE');
    second.send(4, {
      guild_id: guild.id,
      channel_id: guild.voiceChannel('Lounge').id,
      self_mute: false,
      self_deaf: false,
    });

    await second.event('VOICE_SERVER_UPDATE');
    await client.event('VOICE_STATE_UPDATE', ({ d }) => d.user_id === other.id);
    await stage.settle();
    expect(stage.voiceEvents()).toEqual(['VOICE_STATE_UPDATE']);
  });
});
