import { VoiceConnectionStatus } from '@discordjs/voice';
import { expect, test } from 'vitest';
import { encodeTone } from './fixtures/tone.ts';
import { VoiceBot } from './fixtures/voice-bot.ts';
import { VoiceServer } from './voice-server.ts';

const GUILD = '100000000000000001';
const CHANNEL = '200000000000000001';
const BOT = '300000000000000001';
const ANNA = '400000000000000001';
const where = { guildId: GUILD, userId: BOT };
const seat = { guildId: GUILD, channelId: CHANNEL, dave: true };
const tone = encodeTone(500);
/** For what only a missed heartbeat brings about. */
const fast = { heartbeatIntervalMs: 200 };

async function playing(server: VoiceServer) {
  const anna = await server.addListener({ ...seat, userId: ANNA });
  const bot = await VoiceBot.join(server, { ...seat, userId: BOT });
  await bot.becomesSecure();
  bot.start(tone);
  await expect.poll(() => anna.counts.decrypted).toBeGreaterThan(10);
  return { anna, bot };
}

/** Waits for this many more decrypted frames. */
async function goesOn(anna: { counts: { decrypted: number } }, frames = 20): Promise<void> {
  const { decrypted } = anna.counts;
  await expect.poll(() => anna.counts.decrypted, { timeout: 8_000 }).toBeGreaterThan(decrypted + frames);
}

test.each([1006, 1001, 4015])(
  'after %i the client resumes, keeps its keys and loses nothing',
  async (code) => {
    await using server = await VoiceServer.start();
    const { anna, bot } = await playing(server);
    await using _ = bot;

    server.closeSession(where, code);

    await expect.poll(() => server.session(where)?.resumes).toBe(1);
    await goesOn(anna);
    expect(anna.counts).toMatchObject({ lost: 0, undecryptable: 0, plaintextWhileDave: 0 });
    expect(server.session(where)).toMatchObject({ state: 'ready', identifies: 1, lastCloseCode: code });
    expect(server.unexpected).toEqual([]);
  },
);

test.each([4006, 4009, 4011, 4017, 4021, 4022])(
  '%i ends the session; this library joins anew',
  async (code) => {
    await using server = await VoiceServer.start();
    const { anna, bot } = await playing(server);
    await using _ = bot;

    server.closeSession(where, code);

    await expect.poll(() => server.session(where)?.identifies).toBe(2);
    await goesOn(anna);
    expect(bot.joins).toBe(2);
    expect(server.session(where)).toMatchObject({ state: 'ready', resumes: 0 });
  },
);

test('4014 disconnects for good until there is a new voice server', async () => {
  await using server = await VoiceServer.start();
  const { anna, bot } = await playing(server);
  await using _ = bot;

  server.revoke(where);

  await expect
    .poll(() => bot.connection.state)
    .toMatchObject({ status: VoiceConnectionStatus.Disconnected, closeCode: 4014 });
  expect(server.session(where)).toMatchObject({ state: 'ended', lastCloseCode: 4014, identifies: 1 });
  expect(bot.joins).toBe(1);
  await expect.poll(() => anna.groupMemberIds).toEqual([]);

  bot.allocate();
  await bot.ready();
  await goesOn(anna);
});

test('a client that is refused identifies again, as often as it is told', async () => {
  await using server = await VoiceServer.start();
  server.faults.refuseIdentify(4004, 3);
  await using bot = new VoiceBot(server, { ...seat, userId: BOT });

  await bot.ready();

  expect(server.session(where)).toMatchObject({ refusals: 3, identifies: 1, allocations: 4 });
  expect(server.unexpected).toEqual([]);
});

test.each(['hello', 'ready', 'sessionDescription', 'ipDiscoveryReply'] as const)(
  'a withheld %s leaves the client waiting; the next one is sent',
  async (message) => {
    await using server = await VoiceServer.start(fast);
    server.faults.withhold[message] = 1;
    await using bot = new VoiceBot(server, { ...seat, userId: BOT });
    await expect.poll(() => server.faults.withhold[message]).toBe(0);

    if (message !== 'hello') {
      // The library has no deadline: only leaving and joining again helps.
      expect(bot.connection.state.status).toBe(VoiceConnectionStatus.Connecting);
      bot.connection.rejoin();
    }

    await bot.ready();
  },
);

test('heartbeats that go unanswered make the client resume', async () => {
  await using server = await VoiceServer.start(fast);
  server.faults.withhold.heartbeatAck = Number.POSITIVE_INFINITY;
  const { anna, bot } = await playing(server);
  await using _ = bot;

  await expect.poll(() => server.session(where)?.resumes, { timeout: 5_000 }).toBeGreaterThan(0);
  server.faults.reset();
  await goesOn(anna);
  expect(anna.counts.lost).toBe(0);
});

test('a lossy network loses about what it is told to, and nothing once it is well again', async () => {
  await using server = await VoiceServer.start();
  const { anna, bot } = await playing(server);
  await using _ = bot;

  server.faults.datagramsToServer.lossFraction = 0.5;
  await goesOn(anna, 40);
  server.faults.reset();
  await goesOn(anna, 5);
  const { lost } = anna.counts;
  await goesOn(anna, 20);

  expect(lost).toBeGreaterThan(20);
  expect(lost).toBeLessThan(80);
  expect(anna.counts).toMatchObject({ lost, undecryptable: 0 });
});

test('a dead network is silence, and datagrams that are delayed arrive late', async () => {
  await using server = await VoiceServer.start();
  const { anna, bot } = await playing(server);
  await using _ = bot;
  server.faults.datagramsToServer.lossFraction = 1;
  const { packets } = server.session(where) ?? { packets: -1 };
  await expect.poll(() => bot.player.state).toHaveProperty('playbackDuration', expect.any(Number));
  await expect
    .poll(() => performance.now() - (server.session(where)?.lastPacketAtMs ?? 0))
    .toBeGreaterThan(200);
  expect(server.session(where)?.packets).toBe(packets);

  server.faults.datagramsToServer.lossFraction = 0;
  server.faults.datagramsToServer.delayMs = 150;
  await goesOn(anna);
  expect(anna.counts.undecryptable).toBe(0);
});

test('slow gateway messages keep their order', async () => {
  await using server = await VoiceServer.start();
  server.faults.messageDelayMs.toClient = 40;
  server.faults.messageDelayMs.toServer = 40;
  const { anna, bot } = await playing(server);
  await using _ = bot;

  await goesOn(anna);

  expect(anna.counts).toMatchObject({ lost: 0, undecryptable: 0, plaintextWhileDave: 0 });
  expect(server.unexpected).toEqual([]);
});

test('a crashed endpoint that forgot its sessions refuses to resume them', async () => {
  await using server = await VoiceServer.start();
  const { anna, bot } = await playing(server);
  await using _ = bot;

  server.crash(server.endpoint, { forget: true });

  await expect.poll(() => server.session(where)?.identifies).toBe(2);
  await goesOn(anna);
  expect(server.session(where)).toMatchObject({ state: 'ready', resumes: 0, refusals: 1 });
});

test('after a change of region the client is at the new endpoint, in the same channel', async () => {
  await using server = await VoiceServer.start();
  const { anna, bot } = await playing(server);
  await using _ = bot;
  const before = server.endpoint;

  const endpoint = await server.openEndpoint();
  bot.allocate();

  await expect.poll(() => server.session(where)).toMatchObject({ state: 'ready', identifies: 2 });
  await goesOn(anna);
  expect(endpoint).not.toBe(before);
  expect(bot.joins).toBe(1);
});

test.each(['proposal-of-unknown-user', 'garbled-proposals', 'external-sender-again'] as const)(
  'a %s makes the library throw, which whoever uses it has to survive',
  async (kind) => {
    await using server = await VoiceServer.start();
    const { anna, bot } = await playing(server);
    await using _ = bot;
    const thrown = bot.catchBinaryErrors();

    await server.sendRogue(where, kind);

    await expect.poll(() => thrown.length).toBe(1);
    await goesOn(anna);
    expect(anna.counts.undecryptable).toBe(0);
  },
);

test('closing drops every client and refuses what comes after', async () => {
  const server = await VoiceServer.start();
  const { anna, bot } = await playing(server);
  bot.connection.destroy();

  await server.close();
  await server.close();

  expect(server.session(where)?.state).toBe('ended');
  expect(() => server.allocate({ ...seat, userId: BOT, sessionId: 's' })).toThrow('closed');
  await expect(server.addListener({ ...seat, userId: ANNA })).rejects.toThrow('closed');
  const { received } = anna.counts;
  bot.player.stop(true);
  expect(anna.counts.received).toBe(received);
});
