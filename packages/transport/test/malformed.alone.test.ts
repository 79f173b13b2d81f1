import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { LIMITS } from '@bandstand/protocol';
import { describe, expect, test } from 'vitest';
import * as zmq from 'zeromq';
import type { CommandServer } from '../src/index.ts';
import {
  commandJson,
  GUILD,
  helloReply,
  key,
  openClient,
  rawPeer,
  startRawPlayer,
  startServer,
} from './command-fixtures.ts';

const MIB = 1024 * 1024;

/** Raw bytes at the port, as many connections as there are chunks; waits until the other side hung up or took them. */
async function throwAt(server: CommandServer, chunks: readonly Buffer[]): Promise<void> {
  const port = Number(server.endpoint.split(':').at(-1));
  await Promise.all(
    chunks.map(async (chunk) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined); // a reset is one of the proper answers
      await once(socket, 'connect');
      socket.end(chunk);
      socket.resume();
      await once(socket, 'close', { signal: AbortSignal.timeout(8_000) }).catch(() => socket.destroy());
    }),
  );
}

async function p99OfRequests(server: CommandServer, count: number): Promise<number> {
  using client = openClient(server.endpoint);
  await client.hello();
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const begun = performance.now();
    await client.request('PAUSE', GUILD, {}, { key: key(`k${index}`) });
    times.push(performance.now() - begun);
  }
  times.sort((a, b) => a - b);
  return times[Math.ceil(count * 0.99) - 1] ?? Number.POSITIVE_INFINITY;
}

/** A ZMTP 3.1 greeting with the NULL mechanism, and the READY of a DEALER. */
const ZMTP_GREETING = Buffer.concat([
  Buffer.from([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 1]),
  Buffer.from('NULL'.padEnd(20, '\0')),
  Buffer.alloc(32),
]);
const READY = Buffer.concat([
  Buffer.from([0x04, 28, 5]),
  Buffer.from('READY'),
  Buffer.from([11]),
  Buffer.from('Socket-Type'),
  Buffer.from([0, 0, 0, 6]),
  Buffer.from('DEALER'),
]);

function claimedFrame(bytes: bigint): Buffer {
  const head = Buffer.alloc(9);
  head[0] = 0x02; // a long frame, the last one
  head.writeBigUInt64BE(bytes, 1);
  return Buffer.concat([ZMTP_GREETING, READY, head, randomBytes(64)]);
}

describe('hostile bytes at the command port', () => {
  test('random bytes, HTTP, and frames that claim to be huge leave it alive, small and quick', async () => {
    await using server = await startServer();
    await p99OfRequests(server, 50);
    const before = process.memoryUsage.rss();

    const attack = throwAt(server, [
      ...Array.from({ length: 200 }, () => randomBytes(512)),
      Buffer.from('GET / HTTP/1.1\r\nHost: player\r\n\r\n'),
      claimedFrame(2n ** 62n),
      claimedFrame(16n * 1024n ** 3n),
      claimedFrame(2n * 1024n ** 3n),
    ]);
    const p99 = await p99OfRequests(server, 300);
    await attack;

    expect(p99).toBeLessThan(50);
    expect(process.memoryUsage.rss() - before).toBeLessThan(100 * MIB);
    expect(await p99OfRequests(server, 10)).toBeLessThan(1_000);
  });

  test('a message of 100,000 frames is refused, at a bounded price', async () => {
    await using server = await startServer();
    await using peer = rawPeer(new zmq.Dealer(), server.endpoint);
    const before = process.memoryUsage.rss();

    await peer.socket.send(['', ...Array.from({ length: 100_000 }, () => 'x')]);
    const reply = JSON.parse(String((await peer.socket.receive())[1]));

    expect(reply).toMatchObject({ status: 'error', code: 'BAD_REQUEST' });
    expect(process.memoryUsage.rss() - before).toBeLessThan(200 * MIB); // both ends live in this process
    expect(await p99OfRequests(server, 50)).toBeLessThan(50);
  });

  test('100,000 empty frames are refused as well', async () => {
    await using server = await startServer();
    await using peer = rawPeer(new zmq.Dealer(), server.endpoint);

    await peer.socket.send(Array.from({ length: 100_000 }, () => ''));
    const reply = JSON.parse(String((await peer.socket.receive())[1]));

    expect(reply).toMatchObject({ code: 'BAD_REQUEST' });
  });

  test('20 MiB end the connection of their sender and nobody else', async () => {
    await using server = await startServer();
    await using peer = rawPeer(new zmq.Dealer(), server.endpoint);
    using client = openClient(server.endpoint);
    await client.hello();

    const disconnected = new Promise((resolve) => peer.socket.events.on('disconnect', resolve));
    await peer.socket.send(['', Buffer.alloc(20 * MIB)]);
    await disconnected;

    await expect(client.request('PAUSE', GUILD, {}, { key: key('k') })).resolves.toEqual({ changed: true });
  });

  test('a bare DEALER body has no address for an answer: it is dropped and reported once a second', async () => {
    await using server = await startServer();
    const problems: string[] = [];
    server.on('problem', ({ kind }) => problems.push(kind));
    await using peer = rawPeer(new zmq.Dealer(), server.endpoint);

    for (let index = 0; index < 100; index++) await peer.socket.send(commandJson());
    await peer.socket.send(['', commandJson({ key: 'proper' })]);
    const reply = JSON.parse(String((await peer.socket.receive())[1]));

    expect(reply).toMatchObject({ status: 'success', key: 'proper' });
    expect(problems).toEqual(['malformed']);
  });

  test.each([
    ['nothing', ''],
    ['no JSON', '{"type":'],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22])],
    ['JSON of another kind', '[1,2,3]'],
    ['null', 'null'],
    ['an event', commandJson({ type: 'event' })],
    ['a number as guild id', commandJson({ guild_id: 1.5 })],
    ['no guild', commandJson({ guild_id: null })],
    ['data that is a list', commandJson({ data: [] })],
    ['data that breaks the schema', commandJson({ action: 'SET_VOLUME', data: { volume_percent: -1 } })],
    ['a key that is an object', commandJson({ key: {} })],
    ['a time to live of a year', commandJson({ ttl_ms: 31_536_000_000 })],
    ['more than the limit of bytes', commandJson({ data: { x: 'x'.repeat(LIMITS.commandBytes) } })],
    ['depth', `${'['.repeat(30_000)}${']'.repeat(30_000)}`],
  ])('a command that is %s is answered BAD_REQUEST', async (_name, body) => {
    await using server = await startServer();
    await using peer = rawPeer(new zmq.Request(), server.endpoint);

    await peer.socket.send(body);
    const reply = JSON.parse(String((await peer.socket.receive())[0]));

    expect(reply).toMatchObject({ status: 'error', code: 'BAD_REQUEST', retryable: false });
  });

  test('an action nobody knows is answered so, with the key of the request', async () => {
    await using server = await startServer();
    await using peer = rawPeer(new zmq.Request(), server.endpoint);

    await peer.socket.send(commandJson({ action: '__proto__' }));
    const reply = JSON.parse(String((await peer.socket.receive())[0]));

    expect(reply).toMatchObject({ code: 'UNKNOWN_ACTION', key: 'k' });
  });
});

describe('hostile replies at the client', () => {
  test.each([
    ['no JSON', Buffer.from('{')],
    ['not a reply', Buffer.from('{"status":"maybe"}')],
    ['more than the limit of bytes', Buffer.alloc(LIMITS.replyBytes + 1, 'x')],
  ])('a reply that is %s is no reply: the request ends as unanswered', async (_name, bytes) => {
    await using player = await startRawPlayer(({ action }) => (action === 'HELLO' ? helloReply() : bytes));
    using client = openClient(player.endpoint, { random: () => 0 });

    const request = client.request('PAUSE', GUILD, {}, { key: key('k') });

    await expect(request).rejects.toMatchObject({
      code: 'PLAYER_UNREACHABLE',
      details: { reason: 'malformed' },
    });
    expect(player.requests.filter(({ action }) => action === 'PAUSE').length).toBe(6);
  });
});
