import { once } from 'node:events';
import { type Client, Events, GatewayDispatchEvents, RESTEvents } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { type DiscordSimulator, startDiscordSimulator } from '../src/index.ts';
import { logIn } from './discord-js-client.ts';

/** Joins through discord.js's own voice adapter and gathers what it feeds back. */
function joinThroughAdapter(client: Client, discord: DiscordSimulator, channelId: string | null) {
  const fed: { readonly kind: string; readonly data: unknown }[] = [];
  const guild = client.guilds.cache.get(discord.guild().id);
  if (guild === undefined) throw new Error('the guild is not cached');
  const adapter = guild.voiceAdapterCreator({
    onVoiceServerUpdate: (data) => fed.push({ kind: 'server', data }),
    onVoiceStateUpdate: (data) => fed.push({ kind: 'state', data }),
    destroy: () => fed.push({ kind: 'destroy', data: null }),
  });
  const sent = adapter.sendPayload({
    op: 4,
    d: { guild_id: guild.id, channel_id: channelId, self_mute: false, self_deaf: true },
  });
  return { fed, sent, adapter };
}

describe('an unmodified discord.js client', () => {
  it('joins voice through its adapter and gets state and server back', async () => {
    await using discord = await startDiscordSimulator();
    await using session = await logIn(discord);
    const lounge = discord.guild().voiceChannel('Lounge');

    const { fed, sent, adapter } = joinThroughAdapter(session.client, discord, lounge.id);

    expect(sent).toBe(true);
    await expect.poll(() => fed.map(({ kind }) => kind)).toEqual(['state', 'server']);
    expect(fed).toMatchObject([
      { data: { channel_id: lounge.id, session_id: discord.bot.sessions[0]?.id, self_deaf: true } },
      { data: { endpoint: discord.voice.endpoint } },
    ]);
    expect(lounge.memberIds).toEqual([discord.bot.id]);
    adapter.destroy();
    discord.assertNothingUnexpected();
  });

  it('is said to offer a command once it is connected and has registered it', async () => {
    await using discord = await startDiscordSimulator();
    const offered = discord.bot.offers('/play');
    await using session = await logIn(discord);
    await session.client.application.commands.set([{ name: 'play', description: 'Plays' }]);

    await offered;

    expect(discord.bot.commands.map(({ name }) => name)).toEqual(['play']);
    await expect(discord.bot.offers('/nothing', { timeoutMs: 20 })).rejects.toThrow(
      'offering /nothing within 20 ms',
    );
  });

  it('knows who is in a voice channel, before and after it logged in', async () => {
    await using discord = await startDiscordSimulator();
    const lounge = discord.guild().voiceChannel('Lounge');
    const alice = discord.user('alice');
    await alice.joins(lounge);
    await using session = await logIn(discord);
    const guild = session.client.guilds.cache.get(discord.guild().id);
    expect(guild?.voiceStates.cache.get(alice.id)?.channelId).toBe(lounge.id);

    const moved = once(session.client, Events.VoiceStateUpdate);
    await discord.user('bob').joins(lounge);
    await moved;
    const channel = guild?.channels.cache.get(lounge.id);
    expect(
      channel?.isVoiceBased() && [...channel.members.values()].map(({ displayName }) => displayName),
    ).toEqual(['alice', 'bob']);
  });

  it('resumes after its socket dropped, misses nothing and stays in voice', async () => {
    await using discord = await startDiscordSimulator();
    await using session = await logIn(discord);
    const { client } = session;
    const lounge = discord.guild().voiceChannel('Lounge');
    const { fed } = joinThroughAdapter(client, discord, lounge.id);
    await expect.poll(() => fed).toHaveLength(2);
    const names: string[] = [];
    client.on(Events.ChannelCreate, ({ name }) => names.push(name));
    const resumed = once(client, Events.ShardResume);

    discord.bot.dropGateway();
    await expect.poll(() => discord.bot.sessions).toMatchObject([{ attached: false }]);
    discord.guild().addTextChannel('meanwhile');
    await resumed;

    await expect.poll(() => names).toEqual(['meanwhile']);
    expect(discord.bot.sessions).toMatchObject([{ attached: true }]);
    expect(lounge.memberIds).toEqual([discord.bot.id]);
    expect(discord.log.gateway.filter(({ t }) => t === GatewayDispatchEvents.Ready)).toHaveLength(1);
    discord.assertNothingUnexpected();
  });

  it('resumes when Discord asks it to reconnect, and when a heartbeat stays unanswered', async () => {
    await using discord = await startDiscordSimulator({ heartbeatIntervalMs: 300 });
    await using session = await logIn(discord);

    const first = once(session.client, Events.ShardResume);
    discord.bot.askToReconnect();
    await first;
    const second = once(session.client, Events.ShardResume);
    discord.faults.gateway.dropHeartbeatAcks();
    await second;

    expect(discord.log.gateway.filter(({ t }) => t === GatewayDispatchEvents.Ready)).toHaveLength(1);
    discord.assertNothingUnexpected();
  });

  it('identifies anew when its session is invalid, and finds its old voice state gone', async () => {
    await using discord = await startDiscordSimulator();
    await using session = await logIn(discord);
    const lounge = discord.guild().voiceChannel('Lounge');
    const { fed } = joinThroughAdapter(session.client, discord, lounge.id);
    await expect.poll(() => fed).toHaveLength(2);
    const [before] = discord.bot.sessions;
    const ready = once(session.client, Events.ShardReady);

    discord.bot.invalidateSession({ resumable: false });
    await ready;

    const [after] = discord.bot.sessions;
    expect(after?.id).not.toBe(before?.id);
    expect(lounge.memberIds).toEqual([]);
  });

  it('waits as long as a 429 says, then succeeds', async () => {
    await using discord = await startDiscordSimulator();
    await using session = await logIn(discord);
    const limits: number[] = [];
    session.client.rest.on(RESTEvents.RateLimited, ({ retryAfter }) => limits.push(retryAfter));
    discord.faults.rest.rateLimit('POST /channels/:channel/messages', { retryAfterMs: 300 });
    const channel = await session.client.channels.fetch(discord.guild().textChannel('music').id);
    if (channel?.isSendable() !== true) throw new Error('cannot write there');
    const startedAtMs = performance.now();

    await channel.send('patient');

    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(300);
    expect(limits).toHaveLength(1);
    expect(
      discord
        .guild()
        .textChannel('music')
        .messages.map(({ content }) => content),
    ).toEqual(['patient']);
    expect(discord.log.rest.filter(({ status }) => status === 429)).toHaveLength(1);
    discord.assertNothingUnexpected();
  });

  it('tries again after a 503', async () => {
    await using discord = await startDiscordSimulator();
    await using session = await logIn(discord, { rest: { retries: 3 } });
    discord.faults.rest.fail('GET /users/@me');
    await expect(session.client.rest.get('/users/@me')).resolves.toMatchObject({ id: discord.bot.id });
    discord.assertNothingUnexpected();
  });

  it('stays inside the advertised limits by itself', async () => {
    await using discord = await startDiscordSimulator();
    await using session = await logIn(discord);
    const music = discord.guild().textChannel('music');
    discord.moderator.grants(discord.bot, discord.guild(), 'ManageMessages');
    const messages = Array.from({ length: 8 }, (_, i) => discord.user('alice').says(music, `${i}`));

    await Promise.all(
      messages.map(({ id }) => session.client.rest.delete(`/channels/${music.id}/messages/${id}`)),
    );

    expect(music.messages).toEqual([]);
    expect(discord.log.rest.filter(({ status }) => status === 429)).toEqual([]);
  });

  it('hears that it was added to a guild and removed from one', async () => {
    await using discord = await startDiscordSimulator();
    await using session = await logIn(discord);
    const created = once(session.client, Events.GuildCreate);
    const guild = discord.addGuild({ name: 'New', voiceChannels: ['v'] });
    await created;
    expect(session.client.guilds.cache.get(guild.id)?.name).toBe('New');

    const deleted = once(session.client, Events.GuildDelete);
    discord.moderator.removes(discord.bot, guild);
    await deleted;
    expect(session.client.guilds.cache.has(guild.id)).toBe(false);
  });
});
