import { VoiceEncryptionMode } from 'discord-api-types/voice/v8';
import { expect, test } from 'vitest';
import { SILENCE_FRAME } from '../audio/frame.ts';
import { eventually } from './fixtures/eventually.ts';
import { frameNumber, NumberedSource } from './fixtures/frames.ts';
import { CHANNEL, OTHER_CHANNEL, SimulatedGuild } from './fixtures/simulated-guild.ts';

const music = (frames: readonly { opus: Buffer }[]) =>
  frames.map(({ opus }) => opus).filter((opus) => !opus.equals(SILENCE_FRAME));
const numbered = (count: number) => Array.from({ length: count }, (_, number) => frameNumber(number));

test.each([
  VoiceEncryptionMode.AeadAes256GcmRtpSize,
  VoiceEncryptionMode.AeadXChaCha20Poly1305RtpSize,
] as const)('150 of 150 frames are heard, bit for bit, over %s', async (mode) => {
  await using guild = await SimulatedGuild.start({ server: { modes: [mode] } });
  const listener = await guild.listener();
  await guild.join();

  guild.session.play(new NumberedSource({ length: 150 }));
  await eventually(() => listener.frames.length).toBe(155);

  expect(music(listener.frames)).toEqual(numbered(150));
  expect(listener.counts).toMatchObject({ lost: 0, undecryptable: 0 });
  expect(guild.session.frames).toMatchObject({ sent: 150, missing: 0, silence: 5 });
  expect(guild.requests).toEqual([CHANNEL]);
  expect(guild.server.unexpected).toEqual([]);
});

test('a pause and a reconnect later, the next frame is the next frame', async () => {
  await using guild = await SimulatedGuild.start();
  const listener = await guild.listener();
  await guild.join();
  const source = new NumberedSource();
  guild.session.play(source);
  await eventually(() => listener.frames.length).toBeGreaterThan(20);

  guild.session.pause();
  await eventually(() => guild.session.frames.silence).toBe(5);
  const taken = source.taken;
  guild.server.closeSession(guild.where, 4006);
  await guild.reaches('recovering');
  await guild.reaches('ready');
  expect(source.taken).toBe(taken);
  guild.session.unpause();

  await eventually(() => music(listener.frames).length).toBeGreaterThan(taken + 20);
  const heard = music(listener.frames);
  expect(heard).toEqual(numbered(heard.length));
});

test('a voice server that is named before the voice state is waited with, not stuck on', async () => {
  await using guild = await SimulatedGuild.start();
  guild.answer = 'serverFirst';
  await guild.join();
  expect(guild.requests).toEqual([CHANNEL]);
  expect(guild.server.session(guild.where)).toMatchObject({ state: 'ready', identifies: 1 });
});

test('credentials that come along with the wish to join spare the question', async () => {
  await using guild = await SimulatedGuild.start();
  guild.session.join(CHANNEL);
  guild.tell(CHANNEL);
  await guild.reaches('ready');
  expect(guild.requests).toEqual([]);
});

test('joining where we are already changes nothing', async () => {
  await using guild = await SimulatedGuild.start();
  expect(guild.session.join(CHANNEL)).toBe(true);
  expect(guild.session.join(CHANNEL)).toBe(false);
  await guild.reaches('ready');
  expect(guild.session.join(CHANNEL)).toBe(false);
  expect(guild.requests).toEqual([CHANNEL]);
});

test('a wish for another channel moves the session, and the music goes on there', async () => {
  await using guild = await SimulatedGuild.start();
  const here = await guild.listener(CHANNEL);
  const there = await guild.listener(OTHER_CHANNEL, '400000000000000002');
  await guild.join();
  guild.session.play(new NumberedSource());
  await eventually(() => here.frames.length).toBeGreaterThan(10);

  await guild.join(OTHER_CHANNEL);
  await eventually(() => there.frames.length).toBeGreaterThan(10);

  expect(guild.session.channelId).toBe(OTHER_CHANNEL);
  expect(guild.requests).toEqual([CHANNEL, OTHER_CHANNEL]);
  const heard = [...music(here.frames), ...music(there.frames)];
  expect(heard).toEqual(numbered(heard.length));
});

test('the audience follows those who come and go', async () => {
  await using guild = await SimulatedGuild.start();
  const counts: number[] = [];
  guild.session.on('audienceChange', (count) => counts.push(count));
  const first = await guild.listener();
  await guild.join();
  await eventually(() => guild.session.audience).toBe(1);
  const second = await guild.listener(CHANNEL, '400000000000000002');
  await eventually(() => guild.session.audience).toBe(2);
  await first.leave();
  await second.leave();
  await eventually(() => guild.session.audience).toBe(0);
  expect(counts).toEqual([1, 2, 1, 0]);
});

test('leaving is told to Discord once, and a second leave is none', async () => {
  await using guild = await SimulatedGuild.start();
  await guild.join();
  expect(guild.session.leave()).toBe(true);
  expect(guild.session.leave()).toBe(false);
  expect(guild.requests).toEqual([CHANNEL, null]);
  expect(guild.session).toMatchObject({ status: 'disconnected', channelId: null, audience: 0 });
});

test('a session that leaves while it joins never comes back with the late answer', async () => {
  await using guild = await SimulatedGuild.start();
  guild.session.join(CHANNEL);
  await Promise.resolve();
  expect(guild.requests).toEqual([CHANNEL]);
  guild.session.leave();
  guild.tell(CHANNEL);
  expect(guild.session.status).toBe('disconnected');
  expect(guild.requests).toEqual([CHANNEL, null]);
});

test('a source that throws ends the session of its guild with a bug report, not the process', async () => {
  await using guild = await SimulatedGuild.start();
  const failures: unknown[] = [];
  guild.session.on('failed', (error) => failures.push(error));
  await guild.listener();
  await guild.join();
  guild.session.play({
    status: 'flowing',
    next: () => {
      throw new Error('bug');
    },
  });
  await guild.reaches('failed');
  expect(failures).toMatchObject([{ code: 'INTERNAL', cause: { message: 'bug' } }]);
});

test('destroyed is destroyed: twice does no harm, and nothing brings it back', async () => {
  await using guild = await SimulatedGuild.start();
  await guild.join();
  guild.session.destroy();
  guild.session.destroy();
  guild.tell(CHANNEL);
  expect(guild.requests).toEqual([CHANNEL, null]);
  expect(guild.session.state.status).toBe('destroyed');
  expect(() => guild.session.join(CHANNEL)).toThrow('bug: join on a destroyed voice session');
});

test('in the audience of a stage the music waits; let to speak, it begins with its first frame', async () => {
  await using guild = await SimulatedGuild.start();
  const listener = await guild.listener();
  const source = new NumberedSource();
  guild.answer = 'none';
  guild.session.play(source);
  guild.session.join(CHANNEL);
  guild.tell(CHANNEL);
  guild.tellState(CHANNEL, { suppress: true });
  await guild.reaches('ready');
  expect(guild.session.muted).toBe(true);
  await eventually(() => guild.server.session(guild.where)?.keepalives).toBeGreaterThan(0);
  expect(source.taken).toBe(0);

  const changes: boolean[] = [];
  guild.session.on('change', () => changes.push(guild.session.muted));
  guild.tellState(CHANNEL);
  expect(changes).toEqual([false]);
  await eventually(() => listener.frames.length).toBeGreaterThan(10);
  const heard = music(listener.frames);
  expect(heard).toEqual(numbered(heard.length));
});

test('muted, lost and back: nothing leaves until the mute ends', async () => {
  await using guild = await SimulatedGuild.start();
  const listener = await guild.listener();
  await guild.join();
  const source = new NumberedSource();
  guild.session.play(source);
  await eventually(() => listener.frames.length).toBeGreaterThan(10);
  guild.tellState(CHANNEL, { mute: true });
  const { taken } = source;
  guild.server.closeSession(guild.where, 1006);
  await guild.reaches('recovering');
  await guild.reaches('ready');
  expect(source.taken).toBe(taken);
  guild.tellState(CHANNEL, { mute: false });
  await eventually(() => source.taken).toBeGreaterThan(taken + 10);
});

test('a mute ends with the channel it was spoken in', async () => {
  await using guild = await SimulatedGuild.start();
  await guild.join();
  guild.tellState(CHANNEL, { mute: true });
  guild.session.leave();
  expect(guild.session.muted).toBe(false);
  await guild.join();
  expect(guild.session.muted).toBe(false);
});
