import { ManualClock } from '@bandstand/test-support';
import { VoiceEncryptionMode, VoiceOpcodes } from 'discord-api-types/voice/v8';
import { expect, test } from 'vitest';
import { SILENCE_FRAME } from '../audio/frame.ts';
import { ALONE_DOUBT_MS } from './dave-gate.ts';
import { eventually } from './fixtures/eventually.ts';
import { frameNumber, NumberedSource } from './fixtures/frames.ts';
import { CHANNEL, LISTENER, OTHER_CHANNEL, SimulatedGuild } from './fixtures/simulated-guild.ts';

type Listener = Awaited<ReturnType<SimulatedGuild['listener']>>;

const music = (frames: readonly { opus: Buffer }[]) =>
  frames.map(({ opus }) => opus).filter((opus) => !opus.equals(SILENCE_FRAME));
const numbered = (count: number) => Array.from({ length: count }, (_, number) => frameNumber(number));
const NO_LEAK = { plaintextWhileDave: 0, beforeGroup: 0, undecryptable: 0 };

async function hears(listener: Listener, frames: number): Promise<void> {
  const { decrypted } = listener.counts;
  await eventually(() => listener.counts.decrypted).toBeGreaterThanOrEqual(decrypted + frames);
}

function audienceWhileSecuring({ session: { state } }: SimulatedGuild): number | undefined {
  return state.status === 'securing' ? state.connection.audience : undefined;
}

async function playing(guild: SimulatedGuild) {
  const listener = await guild.listener();
  await guild.join();
  const source = new NumberedSource();
  guild.session.play(source);
  await hears(listener, 5);
  return { listener, source };
}

test.each([
  VoiceEncryptionMode.AeadAes256GcmRtpSize,
  VoiceEncryptionMode.AeadXChaCha20Poly1305RtpSize,
] as const)('a member of the group decrypts 150 of 150 frames, bit for bit, over %s', async (mode) => {
  await using guild = await SimulatedGuild.start({ dave: true, server: { modes: [mode] } });
  const listener = await guild.listener();
  guild.session.play(new NumberedSource({ length: 150 }));
  await guild.join();

  await eventually(() => listener.frames.length).toBe(155);

  expect(music(listener.frames)).toEqual(numbered(150));
  expect(listener.counts).toMatchObject({ ...NO_LEAK, decrypted: 150, lost: 0 });
  expect(guild.server.unexpected).toEqual([]);
});

test('however slow the gateway is, no frame leaves before the group is formed, and none is lost to the wait', async () => {
  await using guild = await SimulatedGuild.start({ dave: true });
  guild.server.faults.messageDelayMs.toClient = 60;
  guild.server.faults.messageDelayMs.toServer = 60;
  const listener = await guild.listener();
  guild.session.play(new NumberedSource());
  await guild.join();
  await hears(listener, 30);

  expect(guild.statuses).toEqual(['joining', 'joining', 'securing', 'ready']);
  const heard = music(listener.frames);
  expect(heard).toEqual(numbered(heard.length));
  expect(listener.counts).toMatchObject(NO_LEAK);
});

test('alone in the channel the music plays, and a newcomer never gets a frame in clear once it was announced', async () => {
  await using guild = await SimulatedGuild.start({ dave: true });
  guild.session.play(new NumberedSource());
  await guild.join();
  await eventually(() => guild.server.session(guild.where)?.packets).toBeGreaterThan(20);

  const listener = await guild.listener();
  await guild.reaches('securing');
  await guild.reaches('ready');
  await hears(listener, 20);
  // What was on its way when the newcomer sat down; whoever is alone has no group to encrypt for.
  expect(listener.counts.beforeGroup).toBeLessThanOrEqual(2);
  expect(listener.counts).toMatchObject({ plaintextWhileDave: 0, undecryptable: 0 });
});

test('members come, go and come back: each hears the music while it is there, and none in clear', async () => {
  await using guild = await SimulatedGuild.start({ dave: true });
  const { listener: first } = await playing(guild);
  const second = await guild.listener(CHANNEL, '400000000000000002');
  await hears(second, 15);
  await first.leave();
  await hears(second, 15);
  await second.leave();
  await eventually(() => guild.session.audience).toBe(0);
  const again = await guild.listener(CHANNEL, LISTENER);
  await hears(again, 15);
  for (const { counts } of [first, second, again]) {
    expect(counts).toMatchObject({ plaintextWhileDave: 0, undecryptable: 0, lost: 0 });
  }
});

test('the list of clients is doubted while it is empty: nobody may have been announced yet', async () => {
  const clock = new ManualClock();
  await using guild = await SimulatedGuild.start({ dave: true, clock });
  const source = new NumberedSource();
  guild.session.play(source);
  guild.session.join(CHANNEL);
  await guild.reaches('securing');
  clock.advance(ALONE_DOUBT_MS - 1);
  expect(guild.session.status).toBe('securing');
  expect(source.taken).toBe(0);
  clock.advance(1);
  expect(guild.session.status).toBe('ready');
});

test.each([4006, 1006])('after %i nothing leaves until the connection is encrypted again', async (code) => {
  await using guild = await SimulatedGuild.start({ dave: true });
  const { listener } = await playing(guild);
  guild.server.closeSession(guild.where, code);
  await guild.reaches('recovering');
  await guild.reaches('ready');
  await hears(listener, 15);
  expect(guild.statuses.slice(-2)).toEqual(['securing', 'ready']);
  expect(listener.counts).toMatchObject(NO_LEAK);
});

test('a move to another channel forms a new group before the music goes on', async () => {
  await using guild = await SimulatedGuild.start({ dave: true });
  const there = await guild.listener(OTHER_CHANNEL, '400000000000000002');
  await playing(guild);
  guild.tell(OTHER_CHANNEL);
  await guild.reaches('ready');
  await hears(there, 15);
  expect(there.counts).toMatchObject(NO_LEAK);
});

test.each(['proposal-of-unknown-user', 'garbled-proposals', 'external-sender-again'] as const)(
  '%s, which @discordjs/voice throws at, costs one rejoin of one guild and not the process',
  async (kind) => {
    await using guild = await SimulatedGuild.start({ dave: true });
    await using neighbour = await SimulatedGuild.start({ dave: true, isAlone: false });
    const { listener } = await playing(guild);
    const { listener: elsewhere } = await playing(neighbour);
    await guild.server.sendRogue(guild.where, kind);
    await guild.reaches('recovering');
    await guild.reaches('ready');
    await hears(listener, 15);
    expect(guild.joins).toBe(2);
    expect(neighbour.statuses).not.toContain('recovering');
    expect(listener.counts).toMatchObject({ plaintextWhileDave: 0, undecryptable: 0 });
    expect(elsewhere.counts).toMatchObject({ ...NO_LEAK, lost: 0 });
  },
);

test.each(['garbled-commit', 'garbled-welcome'] as const)(
  'after a %s the music waits for the new group, in place',
  async (kind) => {
    await using guild = await SimulatedGuild.start({ dave: true });
    const { listener } = await playing(guild);
    await guild.server.sendRogue(guild.where, kind);
    await guild.reaches('securing');
    await guild.reaches('ready');
    await hears(listener, 15);
    expect(guild.joins).toBe(1);
    expect(listener.counts).toMatchObject({ plaintextWhileDave: 0, undecryptable: 0, lost: 0 });
  },
);

test('a server that goes on sending garbage is given up with VOICE_E2EE_FAILED', async () => {
  const clock = new ManualClock();
  await using guild = await SimulatedGuild.start({ dave: true, clock });
  await guild.listener();
  guild.session.join(CHANNEL);
  for (let attempt = 0; attempt < 4; attempt++) {
    await guild.reaches('ready');
    await guild.server.sendRogue(guild.where, 'garbled-proposals');
    await guild.reaches(attempt < 3 ? 'recovering' : 'failed');
    clock.advance(8_000);
  }
  expect(guild.session.state).toMatchObject({ error: { code: 'VOICE_E2EE_FAILED' } });
  expect(guild.joins).toBe(4);
});

test('a member without a key keeps the group from forming: two more tries, then VOICE_E2EE_FAILED, and no frame', async () => {
  const clock = new ManualClock();
  await using guild = await SimulatedGuild.start({ dave: true, clock });
  await using stranger = await guild.clientWithoutKey();
  await stranger.receives(VoiceOpcodes.SessionDescription);
  const source = new NumberedSource();
  guild.session.play(source);
  guild.session.join(CHANNEL);
  for (let attempt = 0; attempt < 3; attempt++) {
    await eventually(() => audienceWhileSecuring(guild)).toBe(1);
    clock.advance(5_000);
    clock.advance(2_000); // the back-off
  }
  expect(guild.session.state).toMatchObject({ status: 'failed', error: { code: 'VOICE_E2EE_FAILED' } });
  expect(guild.joins).toBe(3);
  expect(source.taken).toBe(0);
});

test('alone, in company, alone, in company: heard every time, and never in clear', async () => {
  await using guild = await SimulatedGuild.start({ dave: true });
  guild.session.play(new NumberedSource());
  await guild.join();
  for (let round = 0; round < 4; round++) {
    const listener = await guild.listener(CHANNEL, `40000000000000010${round}`);
    await hears(listener, 15);
    expect(listener.counts).toMatchObject({ plaintextWhileDave: 0, undecryptable: 0 });
    expect(listener.counts.beforeGroup).toBeLessThanOrEqual(2);
    await listener.leave();
    await eventually(() => guild.session.audience).toBe(0);
    await guild.reaches('ready');
  }
  expect(guild.joins).toBe(1);
  expect(guild.server.unexpected).toEqual([]);
});

test('alone again, the session is in doubt for a moment: the next listener may be at the door', async () => {
  const clock = new ManualClock();
  await using guild = await SimulatedGuild.start({ dave: true, clock });
  const listener = await guild.listener();
  await guild.join();
  await listener.leave();
  await eventually(() => guild.session.audience).toBe(0);
  expect(guild.session.status).toBe('securing');
  clock.advance(ALONE_DOUBT_MS);
  expect(guild.session.status).toBe('ready');
});

test('a storm of people who come and go leaves the one who stays with the music', async () => {
  await using guild = await SimulatedGuild.start({ dave: true });
  const { listener: stays } = await playing(guild);
  for (let wave = 0; wave < 3; wave++) {
    const comers = await Promise.all(
      [1, 2, 3, 4].map((person) => guild.listener(CHANNEL, `40000000000000${wave}0${person}0`)),
    );
    for (const comer of comers) await comer.leave();
  }
  await hears(stays, 25);
  expect(guild.joins).toBe(1);
  expect(stays.counts).toMatchObject({ plaintextWhileDave: 0, undecryptable: 0 });
  expect(guild.server.unexpected).toEqual([]);
});

test('dragged to and fro between two channels full of people, it is heard in each', async () => {
  await using guild = await SimulatedGuild.start({ dave: true });
  const { listener: here } = await playing(guild);
  const there = await guild.listener(OTHER_CHANNEL, '400000000000000002');
  for (const [channelId, listener] of [
    [OTHER_CHANNEL, there],
    [CHANNEL, here],
    [OTHER_CHANNEL, there],
  ] as const) {
    guild.tell(channelId);
    await guild.reaches('ready');
    await hears(listener, 15);
  }
  expect(guild.requests).toEqual([CHANNEL]);
  for (const { counts } of [here, there])
    expect(counts).toMatchObject({ plaintextWhileDave: 0, undecryptable: 0 });
});
