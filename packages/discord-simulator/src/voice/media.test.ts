import { VoiceEncryptionMode, VoiceOpcodes } from 'discord-api-types/voice/v8';
import { expect, test } from 'vitest';
import { RawClient } from './fixtures/raw-client.ts';
import { createTransportCipher, type TransportCipher, type TransportMode } from './transport-cipher.ts';
import { VoiceServer } from './voice-server.ts';

const seat = {
  guildId: '100000000000000001',
  channelId: '200000000000000001',
  userId: '300000000000000001',
  sessionId: 'main-session',
  dave: false,
};
const GCM = VoiceEncryptionMode.AeadAes256GcmRtpSize;
const OPUS = Buffer.from([0xf8, 0xff, 0xfe]);

interface Sender {
  readonly client: RawClient;
  readonly ssrc: number;
  readonly port: number;
  readonly cipher: TransportCipher;
}

async function join(
  server: VoiceServer,
  client: RawClient,
  more: Partial<typeof seat> = {},
): Promise<Sender> {
  client.identify({ ...seat, ...more, ...server.allocate({ ...seat, ...more }) });
  const { ssrc, port } = await client.establish(GCM);
  const { d } = await client.receives(VoiceOpcodes.SessionDescription);
  const { mode, secret_key } = d as { mode: TransportMode; secret_key: number[] };
  return { client, ssrc, port, cipher: createTransportCipher(mode, Buffer.from(secret_key)) };
}

function packet(
  sender: Sender,
  sequence: number,
  wrong: { nonce?: number; ssrc?: number; type?: number } = {},
): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt8(0x80, 0);
  header.writeUInt8(wrong.type ?? 0x78, 1);
  header.writeUInt16BE(sequence & 0xffff, 2);
  header.writeUInt32BE(sequence * 960, 4);
  header.writeUInt32BE(wrong.ssrc ?? sender.ssrc, 8);
  const nonce = Buffer.alloc(4);
  nonce.writeUInt32BE(wrong.nonce ?? sequence);
  return Buffer.concat([header, sender.cipher.seal(OPUS, header, nonce), nonce]);
}

function speak(sender: Sender): void {
  sender.client.send(VoiceOpcodes.Speaking, { speaking: 1, delay: 0, ssrc: sender.ssrc });
}

const kinds = (server: VoiceServer) => server.unexpected.map(({ kind }) => kind);

test('IP discovery tells the client the port it is seen at, pings of official clients are returned', async () => {
  await using server = await VoiceServer.start();
  await using client = await RawClient.connect(server.endpoint, server.caPem);
  const { port } = await join(server, client);

  client.sendDatagram(Buffer.from('1337cafe00000007', 'hex'), port);
  client.sendDatagram(Buffer.from('0100000000000000', 'hex'), port);

  await expect.poll(() => client.datagrams[1]?.toString('hex')).toBe('1337f00d00000007');
  await expect.poll(() => server.session(seat)?.keepalives).toBe(2);
  expect(server.unexpected).toEqual([]);
});

test('losses, late packets and bytes are accounted, across the wrap of the sequence', async () => {
  await using server = await VoiceServer.start();
  await using client = await RawClient.connect(server.endpoint, server.caPem);
  const sender = await join(server, client);
  speak(sender);

  for (const sequence of [65_534, 65_535, 65_538, 65_537, 65_540]) {
    client.sendDatagram(packet(sender, sequence), sender.port);
  }

  await expect.poll(() => server.session(seat)?.packets).toBe(5);
  expect(server.session(seat)).toMatchObject({
    bytes: 15,
    lost: 2,
    outOfOrder: 1,
    timestampJumps: 0,
    speaking: 1,
  });
  expect(server.session(seat)?.lastPacketAtMs).toBeLessThanOrEqual(performance.now());
});

test('RTP without a Speaking message is reported, once it is too late for one', async () => {
  await using server = await VoiceServer.start();
  await using client = await RawClient.connect(server.endpoint, server.caPem);
  const sender = await join(server, client);

  client.sendDatagram(packet(sender, 1), sender.port);

  await expect.poll(() => kinds(server)).toEqual(['rtp-before-speaking']);
});

test('RTP that overtakes its Speaking message is fine', async () => {
  await using server = await VoiceServer.start();
  await using client = await RawClient.connect(server.endpoint, server.caPem);
  const sender = await join(server, client);

  client.sendDatagram(packet(sender, 1), sender.port);
  await expect.poll(() => server.session(seat)?.packets).toBe(1);
  speak(sender);
  await expect.poll(() => server.session(seat)?.speaking).toBe(1);
  client.sendDatagram(packet(sender, 2), sender.port);
  await expect.poll(() => server.session(seat)?.packets).toBe(2);

  expect(server.unexpected).toEqual([]);
});

test.each([
  ['an unknown SSRC', (sender: Sender) => packet(sender, 1, { ssrc: 7 }), 'rtp-unknown-ssrc'],
  ['another payload type', (sender: Sender) => packet(sender, 1, { type: 0x67 }), 'rtp-payload-type'],
  ['no RTP at all', () => Buffer.alloc(60), 'datagram-unrecognised'],
  ['a broken tag', (sender: Sender) => packet(sender, 1).fill(0, 12, 13), 'rtp-undecryptable'],
])('a datagram with %s is reported and not forwarded', async (_what, create, kind) => {
  await using server = await VoiceServer.start();
  const listener = await server.addListener({ ...seat, userId: '400000000000000001' });
  await using client = await RawClient.connect(server.endpoint, server.caPem);
  const sender = await join(server, client);
  speak(sender);

  client.sendDatagram(create(sender), sender.port);

  await expect.poll(() => kinds(server)).toEqual([kind]);
  expect(listener.counts.received).toBe(0);
});

test('a nonce used twice is reported', async () => {
  await using server = await VoiceServer.start();
  await using client = await RawClient.connect(server.endpoint, server.caPem);
  const sender = await join(server, client);
  speak(sender);

  client.sendDatagram(packet(sender, 1, { nonce: 9 }), sender.port);
  client.sendDatagram(packet(sender, 2, { nonce: 9 }), sender.port);

  await expect.poll(() => kinds(server)).toEqual(['rtp-nonce-reused']);
});

test('what one client sends reaches the other, sealed with its own key', async () => {
  await using server = await VoiceServer.start();
  await using first = await RawClient.connect(server.endpoint, server.caPem);
  await using second = await RawClient.connect(server.endpoint, server.caPem);
  const sender = await join(server, first);
  const receiver = await join(server, second, { userId: '300000000000000002' });
  speak(sender);
  const speaking = await second.receives(VoiceOpcodes.Speaking);

  first.sendDatagram(packet(sender, 77), sender.port);

  await expect.poll(() => second.datagrams.length).toBe(2);
  const rtp = second.datagrams[1] ?? Buffer.alloc(0);
  const opened = receiver.cipher.open(rtp.subarray(12, -4), rtp.subarray(0, 12), rtp.subarray(-4));
  expect(opened).toEqual(OPUS);
  expect(rtp.readUInt16BE(2)).toBe(77);
  expect(speaking.d).toEqual({ user_id: seat.userId, ssrc: sender.ssrc, speaking: 1 });
  expect(first.datagrams).toHaveLength(1);
});

test('who comes and goes is told to the others, together with messages a client must ignore', async () => {
  await using server = await VoiceServer.start();
  await using first = await RawClient.connect(server.endpoint, server.caPem);
  await using second = await RawClient.connect(server.endpoint, server.caPem);
  await join(server, first);
  await join(server, second, { userId: '300000000000000002' });
  const anna = await server.addListener({ ...seat, userId: '400000000000000001' });
  await anna.leave();
  await anna.leave();

  const gone = await second.receives(VoiceOpcodes.ClientDisconnect);

  expect(gone.d).toEqual({ user_id: '400000000000000001' });
  expect(second.received.filter(({ op }) => op === VoiceOpcodes.ClientsConnect).map(({ d }) => d)).toEqual([
    { user_ids: [seat.userId] },
    { user_ids: ['400000000000000001'] },
  ]);
  expect(second.received.map(({ op }) => op)).toEqual(expect.arrayContaining([18, 20]));
});
