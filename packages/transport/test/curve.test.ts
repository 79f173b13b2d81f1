import { copyFile, writeFile } from 'node:fs/promises';
import type { Epoch } from '@bandstand/protocol';
import { ManualClock } from '@bandstand/test-support';
import { describe, expect, test } from 'vitest';
import * as zmq from 'zeromq';
import { CommandClient, type CommandClientOptions, readKeyFile, writeKeyFiles } from '../src/index.ts';
import { GUILD, key, openClient, startServer } from './command-fixtures.ts';
import { keyFolder } from './curve-fixtures.ts';
import { guildEvent, join, openSubscriber, startPublisher } from './event-fixtures.ts';
import { NO_CURVE } from './transports.ts';

const EPOCH = 'epoch-1' as Epoch;
const TIMING = {
  HELLO: { attemptMs: 300, totalMs: 1_500 },
  PAUSE: { attemptMs: 300, totalMs: 1_500 },
} as const;
const CHANGED = { changed: true };

function clientWith(endpoint: string, security: CommandClientOptions['security'], over = {}) {
  const client = openClient(endpoint, { security, timing: TIMING, random: () => 0.5, ...over });
  const problems: string[] = [];
  client.on('problem', ({ kind, message }) => problems.push(`${kind}: ${message}`));
  const pause = (name: string) => client.request('PAUSE', GUILD, {}, { key: key(name) });
  return { client, problems, pause, [Symbol.dispose]: () => client.close() };
}

describe('commands with CURVE', () => {
  test('a key on the list is served, over an encrypted connection', async () => {
    await using keys = await keyFolder();
    await keys.allow(readKeyFile(keys.files.botPublic));
    await using server = await startServer(undefined, { security: keys.player });
    using bot = clientWith(server.endpoint, keys.bot);

    await expect(bot.pause('k')).resolves.toEqual(CHANGED);
  });

  test('an unknown key gets no reply, fails fast, and both logs say what to do', async () => {
    await using keys = await keyFolder();
    await keys.allow(readKeyFile(keys.files.botPublic));
    await using server = await startServer(undefined, { security: keys.player });
    const refusals: string[] = [];
    server.on('problem', ({ message }) => refusals.push(message));
    using stranger = clientWith(server.endpoint, keys.stranger);

    await expect(stranger.pause('k')).rejects.toMatchObject({
      code: 'PLAYER_UNREACHABLE',
      details: { reason: 'key-refused' },
    });
    expect(stranger.problems[0]).toContain('CURVE_ALLOWED_CLIENT_KEYS_FILE');
    expect(refusals[0]).toContain(`public key ${readKeyFile(keys.foreign.botPublic)}`);
  });

  test('an empty list lets nobody in', async () => {
    await using keys = await keyFolder();
    await keys.allow();
    await using server = await startServer(undefined, { security: keys.player });
    using bot = clientWith(server.endpoint, keys.bot);

    await expect(bot.pause('k')).rejects.toMatchObject({ details: { reason: 'key-refused' } });
  });

  test('a wrong server key is refused, and the log names the file to look at', async () => {
    await using keys = await keyFolder();
    await keys.allow(readKeyFile(keys.files.botPublic));
    await using server = await startServer(undefined, { security: keys.player });
    using bot = clientWith(server.endpoint, { ...keys.bot, serverPublicKeyFile: keys.foreign.playerPublic });

    await expect(bot.pause('k')).rejects.toMatchObject({
      code: 'PLAYER_UNREACHABLE',
      details: { reason: 'handshake-failed' },
    });
    expect(bot.problems[0]).toContain('CURVE_SERVER_PUBLIC_KEY_FILE');
  });

  test('a client without keys is refused by a player with keys', async () => {
    await using keys = await keyFolder();
    await keys.allow(readKeyFile(keys.files.botPublic));
    await using server = await startServer(undefined, { security: keys.player });
    using open = clientWith(server.endpoint, NO_CURVE);

    await expect(open.pause('k')).rejects.toMatchObject({ details: { reason: 'mechanism-mismatch' } });
  });

  test('a client with keys is refused by a player without', async () => {
    await using keys = await keyFolder();
    await using server = await startServer();
    using bot = clientWith(server.endpoint, keys.bot);

    await expect(bot.pause('k')).rejects.toMatchObject({ code: 'PLAYER_UNREACHABLE' });
    expect(bot.problems[0]).toMatch(/^(mechanism-mismatch|handshake-failed): /);
  });

  test('a key taken off the list is cut off although it was connected; the others come back by themselves', async () => {
    await using keys = await keyFolder();
    await keys.allow(readKeyFile(keys.files.botPublic), readKeyFile(keys.foreign.botPublic));
    await using server = await startServer(undefined, { security: keys.player });
    using bot = clientWith(server.endpoint, keys.bot);
    using revoked = clientWith(server.endpoint, keys.stranger);
    await bot.pause('1');
    await revoked.pause('1');
    await using tap = connectedTap(server.endpoint, keys.stranger);
    await tap.connected;

    await keys.allow(readKeyFile(keys.files.botPublic));
    await tap.disconnected;

    await expect(revoked.pause('2')).rejects.toMatchObject({ details: { reason: 'key-refused' } });
    await expect(bot.pause('2')).resolves.toEqual(CHANGED);
  });

  test('a key put on the list is served without a restart of anything', async () => {
    await using keys = await keyFolder();
    await keys.allow(readKeyFile(keys.files.botPublic));
    await using server = await startServer(undefined, { security: keys.player });
    using stranger = clientWith(server.endpoint, keys.stranger);
    await expect(stranger.pause('1')).rejects.toMatchObject({ details: { reason: 'key-refused' } });

    await keys.allow(readKeyFile(keys.files.botPublic), readKeyFile(keys.foreign.botPublic));

    await expect.poll(() => stranger.pause('2').catch(() => 'refused'), { timeout: 8_000 }).toEqual(CHANGED);
  });

  test.each([
    ['gone', (keys: Keys) => keys.removeAllowlist()],
    ['garbage', (keys: Keys) => writeFile(keys.allowlist, 'not a key\n')],
  ])(
    'a list that is %s is reported and changes nothing: who was let in stays, strangers stay out',
    async (_name, spoil) => {
      await using keys = await keyFolder();
      await keys.allow(readKeyFile(keys.files.botPublic));
      await using server = await startServer(undefined, { security: keys.player });
      const problems: string[] = [];
      server.on('problem', ({ kind }) => problems.push(kind));
      using bot = clientWith(server.endpoint, keys.bot);
      using stranger = clientWith(server.endpoint, keys.stranger);

      await spoil(keys);
      await expect.poll(() => problems, { timeout: 5_000 }).toEqual(['key-files']);

      await expect(bot.pause('k')).resolves.toEqual(CHANGED);
      await expect(stranger.pause('k')).rejects.toMatchObject({ details: { reason: 'key-refused' } });
    },
  );

  test('the player gets new keys: the bot takes the new public key from its file, without a restart', async () => {
    await using keys = await keyFolder();
    await keys.allow(readKeyFile(keys.files.botPublic));
    await using server = await startServer(undefined, { security: keys.player });
    using bot = clientWith(server.endpoint, keys.bot);
    await bot.pause('before');
    await using tap = connectedTap(server.endpoint, keys.bot);
    await tap.connected;

    await writeKeyFiles(keys.path, { rotate: ['player'] });
    await tap.disconnected;

    await expect.poll(() => bot.pause('after').catch(() => 'not yet'), { timeout: 8_000 }).toEqual(CHANGED);
  });

  test('the bot gets new keys: it uses them once the player lets them in', async () => {
    await using keys = await keyFolder();
    await keys.allow(readKeyFile(keys.files.botPublic));
    await using server = await startServer(undefined, { security: keys.player });
    using bot = clientWith(server.endpoint, keys.bot);
    await bot.pause('before');

    await writeKeyFiles(keys.path, { rotate: ['bot'] });
    await keys.allow(readKeyFile(keys.files.botPublic));

    await expect.poll(() => bot.pause('after').catch(() => 'not yet'), { timeout: 8_000 }).toEqual(CHANGED);
  });

  test('a bot whose key files are spoilt while it runs says so, and goes on when they are right again', async () => {
    await using keys = await keyFolder();
    await keys.allow(readKeyFile(keys.files.botPublic));
    await using server = await startServer(undefined, { security: keys.player });
    using bot = clientWith(server.endpoint, keys.bot);
    const secret = readKeyFile(keys.files.botSecret);
    await bot.pause('before');

    await copyFile(keys.foreign.botSecret, keys.files.botSecret);
    await expect.poll(() => bot.problems.join(), { timeout: 5_000 }).toContain('key-files');
    expect(bot.problems.join()).not.toContain(readKeyFile(keys.foreign.botSecret));
    await writeFile(keys.files.botSecret, secret);

    await expect.poll(() => bot.pause('after').catch(() => 'not yet'), { timeout: 8_000 }).toEqual(CHANGED);
  });

  test('two players in one process keep two lists', async () => {
    await using keys = await keyFolder();
    await using others = await keyFolder();
    await keys.allow(readKeyFile(keys.files.botPublic));
    await others.allow(readKeyFile(others.files.botPublic));
    await using server = await startServer(undefined, { security: keys.player });
    await using _other = await startServer(undefined, { security: others.player });
    using bot = clientWith(server.endpoint, keys.bot);
    using foreign = clientWith(server.endpoint, {
      ...others.bot,
      serverPublicKeyFile: keys.files.playerPublic,
    });

    await expect(bot.pause('k')).resolves.toEqual(CHANGED);
    await expect(foreign.pause('k')).rejects.toMatchObject({ details: { reason: 'key-refused' } });
  });
});

describe('events with CURVE', () => {
  test('the bot hears, a stranger and a client without keys do not', async () => {
    await using keys = await keyFolder();
    await keys.allow(readKeyFile(keys.files.botPublic));
    await using publisher = await startPublisher(EPOCH, undefined, { security: keys.player });
    using bot = openSubscriber(publisher.endpoint, { security: keys.bot });
    using stranger = openSubscriber(publisher.endpoint, { security: keys.stranger });
    using open = openSubscriber(publisher.endpoint);
    stranger.subscriber.subscribe(GUILD);
    open.subscriber.subscribe(GUILD);
    await join(publisher, bot.subscriber, GUILD);
    await expect.poll(() => stranger.problems).toContain('key-refused');
    await expect.poll(() => open.problems).toContain('mechanism-mismatch');

    for (const sequence of [1, 2, 3]) publisher.publish(guildEvent(GUILD, EPOCH, sequence));

    await expect.poll(() => bot.sequences(GUILD)).toEqual([1, 2, 3]);
    expect([...stranger.events, ...open.events]).toEqual([]);
    expect([stranger.heartbeats, open.heartbeats]).toEqual([0, 0]);
  });

  test('a subscriber that was refused connects by itself once its key is on the list', async () => {
    await using keys = await keyFolder();
    await keys.allow();
    await using publisher = await startPublisher(EPOCH, undefined, { security: keys.player });
    using bot = openSubscriber(publisher.endpoint, { security: keys.bot });
    await expect.poll(() => bot.problems).toContain('key-refused');

    await keys.allow(readKeyFile(keys.files.botPublic));

    await expect.poll(() => bot.availability, { timeout: 8_000 }).toEqual(['up']);
  });

  test('a revoked subscriber is cut off, the others hear on, and notice what they missed', async () => {
    await using keys = await keyFolder();
    await keys.allow(readKeyFile(keys.files.botPublic), readKeyFile(keys.foreign.botPublic));
    await using publisher = await startPublisher(EPOCH, undefined, { security: keys.player });
    using bot = openSubscriber(publisher.endpoint, { security: keys.bot });
    using revoked = openSubscriber(publisher.endpoint, { security: keys.stranger });
    await join(publisher, bot.subscriber, GUILD);
    await join(publisher, revoked.subscriber, GUILD);
    publisher.publish(guildEvent(GUILD, EPOCH, 1));
    await expect.poll(() => [bot.events.length, revoked.events.length]).toEqual([1, 1]);

    const rejoined = new Promise<void>((resolve) => publisher.once('joined', () => resolve()));
    await keys.allow(readKeyFile(keys.files.botPublic));
    await expect.poll(() => revoked.problems, { timeout: 5_000 }).toContain('key-refused');
    await rejoined;
    publisher.publish(guildEvent(GUILD, EPOCH, 3));

    await expect.poll(() => bot.sequences(GUILD)).toEqual([1, 3]);
    expect(bot.gaps).toEqual([[GUILD, 'sequence', 3]]);
    expect(revoked.events.length).toBe(1);
  });

  test('a player with new keys is heard without a restart of the bot', async () => {
    await using keys = await keyFolder();
    await keys.allow(readKeyFile(keys.files.botPublic));
    await using publisher = await startPublisher(EPOCH, undefined, { security: keys.player });
    using bot = openSubscriber(publisher.endpoint, { security: keys.bot });
    await join(publisher, bot.subscriber, GUILD);

    const rejoined = new Promise<void>((resolve) => publisher.once('joined', () => resolve()));
    await writeKeyFiles(keys.path, { rotate: ['player'] });
    await rejoined;
    publisher.publish(guildEvent(GUILD, EPOCH, 1));

    await expect.poll(() => bot.sequences(GUILD)).toEqual([1]);
  });
});

describe('without keys', () => {
  test.each(['tcp://0.0.0.0:*', 'tcp://*:*', 'tcp://192.0.2.1:5555', 'tcp://[::]:*'])(
    'nothing listens on %s unless that was asked for',
    async (endpoint) => {
      await expect(startServer(undefined, { endpoint })).rejects.toThrow('INSECURE_TRANSPORT=1');
      await expect(startPublisher(EPOCH, undefined, { endpoint })).rejects.toThrow('INSECURE_TRANSPORT=1');
    },
  );

  test('nothing connects to another machine either', () => {
    expect(() => openClient('tcp://player:5555')).toThrow('INSECURE_TRANSPORT=1');
    expect(() => openSubscriber('tcp://player:5556')).toThrow('INSECURE_TRANSPORT=1');
  });

  test('it does when the operator said so', async () => {
    const security = { mechanism: 'none', allowInsecure: true } as const;
    await using server = await startServer(undefined, { endpoint: 'tcp://0.0.0.0:*', security });
    using client = openClient(server.endpoint.replace('0.0.0.0', '127.0.0.1'), { security });

    await expect(client.request('PAUSE', GUILD, {}, { key: key('k') })).resolves.toEqual(CHANGED);
  });
});

test('a closed server with keys leaves no timer behind', async () => {
  await using keys = await keyFolder();
  await keys.allow();
  const clock = new ManualClock();
  const server = await startServer(undefined, { security: keys.player, clock });
  const publisher = await startPublisher(EPOCH, undefined, { security: keys.player, clock });
  using client = new CommandClient({
    endpoint: server.endpoint,
    security: keys.bot,
    clientName: 'test',
    clientVersion: '1',
    clock,
  });

  client.close();
  await server.close();
  await publisher.close();

  await expect.poll(() => clock.pending).toBe(0);
});

type Keys = Awaited<ReturnType<typeof keyFolder>>;

/** A connection that stands until the other side ends it. */
function connectedTap(endpoint: string, security: Keys['bot']) {
  const socket = new zmq.Dealer({
    linger: 0,
    curveServerKey: readKeyFile(security.serverPublicKeyFile),
    curvePublicKey: readKeyFile(security.publicKeyFile),
    curveSecretKey: readKeyFile(security.secretKeyFile),
  });
  const connected = new Promise<void>((resolve) => socket.events.on('handshake', () => resolve()));
  const disconnected = new Promise<void>((resolve) => socket.events.on('disconnect', () => resolve()));
  socket.connect(endpoint);
  return { connected, disconnected, [Symbol.asyncDispose]: async () => socket.close() };
}
