import { describe, expect, it } from 'vitest';
import { ManualClock, startDiscordSimulator } from '../src/index.ts';
import { GatewayClient, GUILD_MESSAGES, GUILDS } from './gateway-client.ts';

describe('the gateway', () => {
  it('says hello, answers heartbeats, and sends READY and the guilds after Identify', async () => {
    await using discord = await startDiscordSimulator();
    await using client = await GatewayClient.open(discord);
    const hello = await client.frame(({ op }) => op === 10);
    expect(hello.d.heartbeat_interval).toBe(41_250);
    client.send(1, null);
    await client.frame(({ op }) => op === 11);

    const ready = await client.identify(discord);

    expect(ready).toMatchObject({
      s: 1,
      d: { v: 10, user: { id: discord.bot.id }, resume_gateway_url: discord.gatewayUrl },
    });
    const guild = await client.event('GUILD_CREATE');
    expect(guild.d.channels).toHaveLength(5);
    expect(guild.d.members.map(({ user }: { user: { id: string } }) => user.id)).toEqual([discord.bot.id]);
    discord.assertNothingUnexpected();
  });

  it.each([
    [
      'a wrong token',
      4004,
      (client: GatewayClient) => client.send(2, { token: 'x', intents: 1, properties: {} }),
    ],
    ['a frame that is not JSON', 4002, (client: GatewayClient) => client.sendText('{')],
    [
      'an Identify without properties',
      4002,
      (client: GatewayClient) => client.send(2, { token: 'x', intents: 1 }),
    ],
    ['an unknown opcode', 4001, (client: GatewayClient) => client.send(99, null)],
    [
      'a voice join before Identify',
      4003,
      (client: GatewayClient) => client.send(4, { guild_id: '1', channel_id: null }),
    ],
    ['a message of more than 4096 bytes', 4002, (client: GatewayClient) => client.send(1, 'x'.repeat(5000))],
  ])('closes on %s with %i', async (_what, code, misbehave) => {
    await using discord = await startDiscordSimulator();
    await using client = await GatewayClient.open(discord);

    misbehave(client);

    await expect(client.closed).resolves.toBe(code);
    expect(discord.log.takeUnexpected()).toMatchObject([{ kind: 'gatewayProtocol' }]);
  });

  it.each([
    ['intents that do not exist', 4013, { intents: 1 << 30 }],
    ['privileged intents that are switched off', 4014, { intents: 1 << 15 }],
    ['a shard outside its count', 4010, { shard: [2, 2] }],
  ])('refuses Identify with %s by %i', async (_what, code, extra) => {
    await using discord = await startDiscordSimulator();
    await using client = await GatewayClient.open(discord);

    client.send(2, { token: discord.botToken, intents: GUILDS, properties: {}, ...extra });

    await expect(client.closed).resolves.toBe(code);
  });

  it('closes with 4008 on the 121st message within 60 seconds', async () => {
    await using discord = await startDiscordSimulator({ clock: new ManualClock() });
    await using client = await GatewayClient.open(discord);
    await client.identify(discord);

    for (let i = 0; i < 119; i += 1) client.send(1, null);
    await client.frame(() => client.frames.filter(({ op }) => op === 11).length === 119);
    client.send(4, { guild_id: discord.guild().id, channel_id: null, self_mute: false, self_deaf: false });

    await expect(client.closed).resolves.toBe(4008);
  });

  it('times a session out whose client sends no heartbeat', async () => {
    const clock = new ManualClock();
    await using discord = await startDiscordSimulator({ clock });
    await using client = await GatewayClient.open(discord);
    await client.identify(discord);

    clock.advance(41_250 * 1.5);

    await expect(client.closed).resolves.toBe(4009);
    await expect.poll(() => discord.bot.sessions).toEqual([]);
  });

  it('sends only what the intents ask for', async () => {
    await using discord = await startDiscordSimulator();
    await using quiet = await GatewayClient.open(discord);
    await using chatty = await GatewayClient.open(discord);
    await quiet.identify(discord, { intents: GUILDS });
    await chatty.identify(discord, { intents: GUILDS | GUILD_MESSAGES });
    const general = discord.guild().textChannel('general');
    const alice = discord.user('alice');

    await alice.joins(discord.guild().voiceChannel('Lounge'));
    alice.says(general, 'secret');
    alice.says(general, `hello <@${discord.bot.id}>`);
    discord.guild().addTextChannel('new');

    await chatty.event('CHANNEL_CREATE');
    await quiet.event('CHANNEL_CREATE');
    expect(quiet.names()).toEqual(['READY', 'GUILD_CREATE', 'CHANNEL_CREATE']);
    expect(chatty.names()).toEqual([
      'READY',
      'GUILD_CREATE',
      'MESSAGE_CREATE',
      'MESSAGE_CREATE',
      'CHANNEL_CREATE',
    ]);
    const texts = chatty.frames.filter(({ t }) => t === 'MESSAGE_CREATE').map(({ d }) => d.content);
    expect(texts).toEqual(['', `hello <@${discord.bot.id}>`]);
  });

  it('gives a resumed session what it missed, once and in order', async () => {
    await using discord = await startDiscordSimulator();
    await using first = await GatewayClient.open(discord);
    const ready = await first.identify(discord);
    const { s } = await first.event('GUILD_CREATE');
    discord.bot.dropGateway();
    await first.closed;
    await expect.poll(() => discord.bot.sessions).toMatchObject([{ attached: false }]);

    discord.guild().addTextChannel('one');
    discord.guild().addTextChannel('two');
    await using second = await GatewayClient.open(discord);
    second.send(6, { token: discord.botToken, session_id: ready.d.session_id, seq: s });
    await second.event('RESUMED');
    discord.guild().addTextChannel('three');
    await second.event('CHANNEL_CREATE', ({ d }) => d.name === 'three');

    expect(second.frames.filter(({ op }) => op === 0).map(({ t, d, s }) => [t, d.name, s])).toEqual([
      ['CHANNEL_CREATE', 'one', 3],
      ['CHANNEL_CREATE', 'two', 4],
      ['RESUMED', undefined, 5],
      ['CHANNEL_CREATE', 'three', 6],
    ]);
    discord.assertNothingUnexpected();
  });

  it('moves a session to the socket that resumes it and closes the other', async () => {
    await using discord = await startDiscordSimulator();
    await using first = await GatewayClient.open(discord);
    const ready = await first.identify(discord);
    const { s } = await first.event('GUILD_CREATE');

    await using second = await GatewayClient.open(discord);
    second.send(6, { token: discord.botToken, session_id: ready.d.session_id, seq: s });

    await second.event('RESUMED');
    await expect(first.closed).resolves.toBe(4000);
    expect(discord.bot.sessions).toEqual([{ id: ready.d.session_id, attached: true }]);
  });

  it('refuses to resume what it does not know, or a future it has not seen', async () => {
    await using discord = await startDiscordSimulator();
    await using stranger = await GatewayClient.open(discord);
    stranger.send(6, { token: discord.botToken, session_id: 'nonsense', seq: 1 });
    expect((await stranger.frame(({ op }) => op === 9)).d).toBe(false);
    const ready = await stranger.identify(discord);

    await using prophet = await GatewayClient.open(discord);
    prophet.send(6, { token: discord.botToken, session_id: ready.d.session_id, seq: 1000 });
    await expect(prophet.closed).resolves.toBe(4007);
  });

  it('keeps a bot in voice while its session may come back, and lets it go when the window closes', async () => {
    const clock = new ManualClock();
    await using discord = await startDiscordSimulator({ clock, resumeWindowMs: 60_000 });
    await using client = await GatewayClient.open(discord);
    await client.identify(discord);
    const guild = discord.guild();
    client.send(4, {
      guild_id: guild.id,
      channel_id: guild.voiceChannel().id,
      self_mute: false,
      self_deaf: true,
    });
    await client.event('VOICE_SERVER_UPDATE');
    client.terminate();
    await expect.poll(() => discord.bot.sessions).toMatchObject([{ attached: false }]);

    clock.advance(59_999);
    expect(discord.bot.voiceStateIn(guild)).toBeDefined();
    clock.advance(1);
    expect(discord.bot.voiceStateIn(guild)).toBeUndefined();
    expect(discord.bot.sessions).toEqual([]);
  });

  it('lets a restarted bot take its voice state over from the session it lost', async () => {
    const clock = new ManualClock();
    await using discord = await startDiscordSimulator({ clock, resumeWindowMs: 60_000 });
    const guild = discord.guild();
    const join = {
      guild_id: guild.id,
      channel_id: guild.voiceChannel().id,
      self_mute: false,
      self_deaf: false,
    };
    await using killed = await GatewayClient.open(discord);
    const before = await killed.identify(discord);
    killed.send(4, join);
    await killed.event('VOICE_SERVER_UPDATE');
    killed.terminate();
    await expect.poll(() => discord.bot.sessions).toMatchObject([{ attached: false }]);

    await using restarted = await GatewayClient.open(discord);
    const after = await restarted.identify(discord);
    const seen = await restarted.event('GUILD_CREATE');
    expect(seen.d.voice_states).toMatchObject([{ session_id: before.d.session_id }]);
    restarted.send(4, { ...join, self_deaf: true });
    await restarted.event('VOICE_SERVER_UPDATE');
    clock.advance(60_000);

    expect(discord.bot.voiceStateIn(guild)).toMatchObject({ sessionId: after.d.session_id });
    expect(discord.bot.sessions).toEqual([{ id: after.d.session_id, attached: true }]);
  });

  it('cannot replay more than it keeps', async () => {
    await using discord = await startDiscordSimulator();
    await using first = await GatewayClient.open(discord);
    const ready = await first.identify(discord);
    const { s } = await first.event('GUILD_CREATE');
    discord.bot.dropGateway();
    await expect.poll(() => discord.bot.sessions).toMatchObject([{ attached: false }]);
    for (let i = 0; i < 1001; i += 1) discord.user('alice').says(discord.guild().textChannel(), `${i}`);

    await using second = await GatewayClient.open(discord);
    second.send(6, { token: discord.botToken, session_id: ready.d.session_id, seq: s });

    expect((await second.frame(({ op }) => op === 9)).d).toBe(false);
    expect(discord.bot.sessions).toEqual([]);
  });

  it('gives each shard its own guilds', async () => {
    const guilds = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ({ name }));
    await using discord = await startDiscordSimulator({ guilds });
    await using even = await GatewayClient.open(discord);
    await using odd = await GatewayClient.open(discord);
    const idsOf = async (client: GatewayClient, index: number) => {
      const ready = await client.identify(discord, { shard: [index, 2] });
      return ready.d.guilds.map(({ id }: { id: string }) => id) as string[];
    };

    const [first, second] = await Promise.all([idsOf(even, 0), idsOf(odd, 1)]);

    expect(first.every((id) => (BigInt(id) >> 22n) % 2n === 0n)).toBe(true);
    expect(second.every((id) => (BigInt(id) >> 22n) % 2n === 1n)).toBe(true);
    expect([...first, ...second].sort()).toEqual(guilds.map(({ name }) => discord.guild(name).id).sort());
  });

  it.each([1000, 1001])(
    'ends the session and its voice state at once when the client closes with %i',
    async (code) => {
      await using discord = await startDiscordSimulator();
      await using client = await GatewayClient.open(discord);
      await client.identify(discord);
      const guild = discord.guild();
      client.send(4, {
        guild_id: guild.id,
        channel_id: guild.voiceChannel().id,
        self_mute: false,
        self_deaf: false,
      });
      await client.event('VOICE_SERVER_UPDATE');

      client.close(code);

      await expect.poll(() => discord.bot.sessions).toEqual([]);
      expect(discord.bot.voiceStateIn(guild)).toBeUndefined();
    },
  );

  it('lets faults drop a heartbeat answer, refuse a session, delay an event and ask for a reconnect', async () => {
    await using discord = await startDiscordSimulator();
    const { gateway } = discord.faults;
    await using client = await GatewayClient.open(discord);
    gateway.invalidSession({ resumable: true });
    client.send(2, { token: discord.botToken, intents: GUILDS, properties: {} });
    expect((await client.frame(({ op }) => op === 9)).d).toBe(true);
    await client.identify(discord);

    gateway.dropHeartbeatAcks();
    client.send(1, null);
    client.send(1, null);
    gateway.delayDispatch('CHANNEL_CREATE', { delayMs: 50 });
    discord.guild().addTextChannel('late');
    discord.guild().addTextChannel('early');
    await client.event('CHANNEL_CREATE', ({ d }) => d.name === 'late');
    discord.bot.askToReconnect();
    await client.frame(({ op }) => op === 7);
    discord.bot.askForHeartbeat();
    await client.frame(({ op }) => op === 1);
    discord.bot.closeGateway(4000);

    await expect(client.closed).resolves.toBe(4000);
    expect(client.frames.filter(({ op }) => op === 11)).toHaveLength(1);
    const created = client.frames.filter(({ t }) => t === 'CHANNEL_CREATE').map(({ d }) => d.name);
    expect(created).toEqual(['early', 'late']);
    discord.assertNothingUnexpected();
  });

  it('answers a request for members and records a presence', async () => {
    await using discord = await startDiscordSimulator();
    const alice = discord.user('Alice');
    await using client = await GatewayClient.open(discord);
    await client.identify(discord);

    client.send(8, { guild_id: discord.guild().id, query: 'ali', limit: 5, nonce: 'n' });
    client.send(8, { guild_id: discord.guild().id, user_ids: [alice.id, '1'] });
    client.send(3, { since: null, activities: [{ name: 'music', type: 2 }], status: 'online', afk: false });

    const byName = await client.event('GUILD_MEMBERS_CHUNK', ({ d }) => d.nonce === 'n');
    expect(byName.d).toMatchObject({ members: [{ user: { id: alice.id } }], chunk_index: 0, chunk_count: 1 });
    const byId = await client.event('GUILD_MEMBERS_CHUNK', ({ d }) => d.nonce === undefined);
    expect(byId.d).toMatchObject({ members: [{ user: { id: alice.id } }], not_found: ['1'] });
    await expect.poll(() => discord.bot.presence?.activities).toMatchObject([{ name: 'music' }]);
    discord.assertNothingUnexpected();
  });

  it('refuses a version, an encoding or a compression that it does not speak', async () => {
    await using discord = await startDiscordSimulator();
    for (const query of [
      '?v=9&encoding=json',
      '?v=10&encoding=etf',
      '?v=10&encoding=json&compress=zlib-stream',
    ]) {
      await using client = await GatewayClient.open(discord, query);
      await expect(client.closed).resolves.toBe(4012);
    }
    expect(discord.log.takeUnexpected()).toHaveLength(3);
  });

  it('never writes a token into the call log', async () => {
    await using discord = await startDiscordSimulator();
    await using client = await GatewayClient.open(discord);
    const ready = await client.identify(discord);
    client.send(6, { token: discord.botToken, session_id: ready.d.session_id, seq: 1 });
    await client.closed;

    expect(JSON.stringify([discord.log.entries, discord.log.unexpected])).not.toContain(discord.botToken);
  });
});
