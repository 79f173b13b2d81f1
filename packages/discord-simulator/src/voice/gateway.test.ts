import { VoiceEncryptionMode, VoiceOpcodes } from 'discord-api-types/voice/v8';
import { expect, test } from 'vitest';
import { RawClient } from './fixtures/raw-client.ts';
import { VoiceServer } from './voice-server.ts';

const seat = {
  guildId: '100000000000000001',
  channelId: '200000000000000001',
  userId: '300000000000000001',
  sessionId: 'main-session',
  dave: false,
};
const GCM = VoiceEncryptionMode.AeadAes256GcmRtpSize;

function connect(server: VoiceServer, version?: string): Promise<RawClient> {
  return RawClient.connect(server.endpoint, server.caPem, version);
}

async function establish(server: VoiceServer, client: RawClient, more: Partial<typeof seat> = {}) {
  const { token } = server.allocate({ ...seat, ...more });
  const credentials = { ...seat, ...more, token };
  client.identify(credentials);
  return { credentials, ...(await client.establish(GCM)) };
}

test('the handshake follows the documented order and heartbeats are echoed', async () => {
  await using server = await VoiceServer.start({ heartbeatIntervalMs: 5_000 });
  await using client = await connect(server);
  await establish(server, client);

  client.send(VoiceOpcodes.Heartbeat, { t: 1_234, seq_ack: 1 });
  const ack = await client.receives(VoiceOpcodes.HeartbeatAck);

  expect(client.received.map(({ op }) => op)).toEqual([8, 2, 4, 6]);
  expect(client.received[0]?.d).toEqual({ v: 8, heartbeat_interval: 5_000 });
  expect(client.received[1]?.d).toMatchObject({
    ip: '127.0.0.1',
    modes: [GCM, expect.stringContaining('xchacha20')],
  });
  expect(client.received[2]?.d).toMatchObject({ mode: GCM, dave_protocol_version: 0 });
  expect(client.received[2]).toHaveProperty('d.secret_key.length', 32);
  expect(ack.d).toEqual({ t: 1_234 });
  expect(server.session(seat)).toMatchObject({ state: 'ready', acknowledged: 1, unacknowledged: 0 });
  expect(server.unexpected).toEqual([]);
});

test.each([
  ['a wrong token', { token: 'f' }, 4004],
  ['the token of somebody else', { user_id: '1' }, 4004],
  ['another main session', { session_id: 'other' }, 4006],
  ['another guild', { server_id: '1' }, 4011],
  ['fields of the wrong type', { token: 7 }, 4002],
])('identify with %s is refused', async (_what, wrong, code) => {
  await using server = await VoiceServer.start();
  await using client = await connect(server);
  const { token } = server.allocate(seat);

  client.identify({ ...seat, token }, wrong);

  await client.isClosedWith(code);
  expect(server.session(seat)?.state).toBe('allocated');
});

test('a client without DAVE is refused where the channel is end-to-end encrypted, and welcome on a stage', async () => {
  await using server = await VoiceServer.start();
  await using refused = await connect(server);
  await using welcome = await connect(server);
  const stage = { ...seat, guildId: '100000000000000002', channelId: '200000000000000002' };

  refused.identify(
    { ...seat, ...server.allocate({ ...seat, dave: true }) },
    { max_dave_protocol_version: 0 },
  );
  welcome.identify({ ...stage, ...server.allocate(stage) }, { max_dave_protocol_version: 0 });

  await refused.isClosedWith(4017);
  await welcome.receives(VoiceOpcodes.Ready);
});

test.each([
  ['talks before it identifies', (client: RawClient) => client.send(VoiceOpcodes.Speaking, {}), 4003],
  ['sends what is no JSON', (client: RawClient) => client.sendRaw('{'), 4002],
  ['sends an empty binary message', (client: RawClient) => client.sendRaw(Buffer.alloc(0)), 4002],
  [
    'sends a binary message before it identifies',
    (client: RawClient) => client.sendRaw(Buffer.from([26])),
    4003,
  ],
])('a client that %s is closed', async (_what, misbehave, code) => {
  await using server = await VoiceServer.start();
  await using client = await connect(server);

  misbehave(client);

  await client.isClosedWith(code);
  expect(server.unexpected).toHaveLength(1);
});

test.each([
  ['identifies twice', VoiceOpcodes.Identify, {}, 4005],
  ['uses an unknown opcode', 99, {}, 4001],
  ['selects another protocol', VoiceOpcodes.SelectProtocol, select({ protocol: 'webrtc' }), 4012],
  ['selects a discontinued mode', VoiceOpcodes.SelectProtocol, select({ mode: 'xsalsa20_poly1305' }), 4016],
  ['selects nothing', VoiceOpcodes.SelectProtocol, {}, 4020],
  ['speaks with the SSRC of another', VoiceOpcodes.Speaking, { speaking: 1, delay: 0, ssrc: 1 }, 4020],
])('an identified client that %s is closed', async (_what, op, d, code) => {
  await using server = await VoiceServer.start();
  await using client = await connect(server);
  client.identify({ ...seat, ...server.allocate(seat) });
  await client.receives(VoiceOpcodes.Ready);

  client.send(op, d);

  await client.isClosedWith(code);
  expect(server.session(seat)).toMatchObject({ state: 'ended', lastCloseCode: code });
});

test('a gateway version that is gone is refused', async () => {
  await using server = await VoiceServer.start();
  await using client = await connect(server, '3');
  await client.isClosedWith(4020);
});

test('a client that stops its heartbeats is closed with 4009', async () => {
  await using server = await VoiceServer.start({ heartbeatIntervalMs: 40 });
  await using client = await connect(server);
  await establish(server, client);

  await client.isClosedWith(4009);
  expect(server.session(seat)?.state).toBe('ended');
});

test('a connection that never identifies is closed', async () => {
  await using server = await VoiceServer.start({ identifyDeadlineMs: 50 });
  await using client = await connect(server);
  await client.isClosedWith(4009);
});

test('after a lost socket everything numbered and not acknowledged comes again, across the wrap of the counter', async () => {
  await using server = await VoiceServer.start({ firstSequence: 65_534 });
  await using client = await connect(server);
  const { credentials } = await establish(server, client);
  for (let i = 1; i <= 4; i++) {
    await using other = await connect(server);
    await establish(server, other, { userId: `40000000000000000${i}` });
    await expect
      .poll(() => client.received.filter(({ op }) => op === VoiceOpcodes.ClientsConnect).length)
      .toBe(i);
  }
  const numbered = client.received.filter(({ seq }) => seq !== undefined);
  const wrapped = numbered.map(({ seq }) => seq);
  expect(wrapped.slice(0, 4)).toEqual([65_534, 65_535, 0, 1]);
  client.drop();
  await expect.poll(() => server.session(seat)?.state).toBe('detached');

  await using again = await connect(server);
  const resume = {
    server_id: seat.guildId,
    session_id: seat.sessionId,
    token: credentials.token,
    seq_ack: 65_535,
  };
  again.send(VoiceOpcodes.Resume, resume);

  await expect.poll(() => again.received.length).toBe(2 + numbered.length - 2);
  expect(again.received.map(({ op }) => op).slice(0, 2)).toEqual([VoiceOpcodes.Hello, VoiceOpcodes.Resumed]);
  expect(again.received.slice(2)).toEqual(numbered.slice(2));
  expect(server.session(seat)).toMatchObject({ state: 'ready', identifies: 1, resumes: 1 });
});

test('a resume that asks for more than the buffer holds, or with a wrong token, is refused with 4006', async () => {
  await using server = await VoiceServer.start({ resumeBufferFrames: 2 });
  await using client = await connect(server);
  const { credentials } = await establish(server, client);
  for (let i = 1; i <= 2; i++) {
    await using other = await connect(server);
    await establish(server, other, { userId: `40000000000000000${i}` });
  }
  client.drop();
  await expect.poll(() => server.session(seat)?.state).toBe('detached');
  const resume = {
    server_id: seat.guildId,
    session_id: seat.sessionId,
    token: credentials.token,
    seq_ack: 1,
  };

  await using tooOld = await connect(server);
  tooOld.send(VoiceOpcodes.Resume, resume);
  await tooOld.isClosedWith(4006);
  await using stranger = await connect(server);
  stranger.send(VoiceOpcodes.Resume, { ...resume, token: 'f' });
  await stranger.isClosedWith(4006);
});

test('a session that nobody resumes ends and leaves the channel', async () => {
  await using server = await VoiceServer.start({ resumeWindowMs: 50 });
  await using client = await connect(server);
  await using other = await connect(server);
  await establish(server, client);
  await establish(server, other, { userId: '400000000000000001' });

  client.drop();

  const gone = await other.receives(VoiceOpcodes.ClientDisconnect);
  expect(gone.d).toEqual({ user_id: seat.userId });
  expect(server.session(seat)?.state).toBe('ended');
});

test('a new allocation replaces the session: moved ends with 4014 at once, the same channel with 4006 when it identifies', async () => {
  await using server = await VoiceServer.start();
  await using first = await connect(server);
  await using second = await connect(server);
  await establish(server, first);
  await establish(server, second);
  await first.isClosedWith(4006);
  expect(server.session(seat)).toMatchObject({ state: 'ready', allocations: 2, identifies: 2 });

  server.allocate({ ...seat, channelId: '200000000000000002' });

  await second.isClosedWith(4014);
  expect(server.session(seat)).toMatchObject({ state: 'allocated', channelId: '200000000000000002' });
});

function select(wrong: { protocol?: string; mode?: string }): object {
  const { protocol = 'udp', mode = GCM } = wrong;
  return { protocol, data: { address: '127.0.0.1', port: 1, mode } };
}
