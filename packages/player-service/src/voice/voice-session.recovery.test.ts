import { ManualClock } from '@bandstand/test-support';
import { describe, expect, test } from 'vitest';
import { SILENCE_FRAME } from '../audio/frame.ts';
import { eventually } from './fixtures/eventually.ts';
import { frameNumber, NumberedSource } from './fixtures/frames.ts';
import { CHANNEL, OTHER_CHANNEL, SimulatedGuild } from './fixtures/simulated-guild.ts';

const music = (frames: readonly { opus: Buffer }[]) =>
  frames.map(({ opus }) => opus).filter((opus) => !opus.equals(SILENCE_FRAME));
const numbered = (count: number) => Array.from({ length: count }, (_, number) => frameNumber(number));

/** A guild whose session plays to a listener. */
async function playing(guild: SimulatedGuild) {
  const listener = await guild.listener();
  await guild.join();
  const source = new NumberedSource();
  guild.session.play(source);
  await eventually(() => listener.frames.length).toBeGreaterThan(5);
  return { listener, source };
}

/** Lets back-offs pass as soon as nothing else is under way. */
async function untilFailed(guild: SimulatedGuild, clock: ManualClock): Promise<void> {
  await eventually(() => {
    const { state } = guild.session;
    if ('request' in state && state.connection === undefined) clock.advance(100);
    return state.status;
  }).toBe('failed');
}

test.each([4001, 4020])('%i: one question to Discord, and the music goes on where it was', async (code) => {
  await using guild = await SimulatedGuild.start();
  const { listener } = await playing(guild);
  guild.server.closeSession(guild.where, code);
  await guild.reaches('recovering');
  await guild.reaches('ready');
  const before = listener.frames.length;
  await eventually(() => listener.frames.length).toBeGreaterThan(before + 10);
  expect(guild.joins).toBe(2);
  const heard = music(listener.frames).map((opus) => opus.readUInt32BE(1));
  const holes = heard.filter((number, index) => index > 0 && number !== (heard[index - 1] ?? 0) + 1);
  expect(holes.length).toBeLessThanOrEqual(1); // what was under way when the server closed
});

test.each([1006, 1001, 4015])('%i: resumed in place, no question and no packet lost', async (code) => {
  await using guild = await SimulatedGuild.start();
  const { listener, source } = await playing(guild);
  guild.server.closeSession(guild.where, code);
  await guild.reaches('recovering');
  await guild.reaches('ready');
  await eventually(() => listener.frames.length).toBeGreaterThan(30);
  expect(guild.requests).toEqual([CHANNEL]);
  expect(guild.server.session(guild.where)).toMatchObject({ resumes: 1, lost: 0 });
  const heard = music(listener.frames);
  expect(heard).toEqual(numbered(heard.length));
  expect(source.taken - heard.length).toBeLessThanOrEqual(1);
});

test('a voice server that comes back without its sessions is joined anew', async () => {
  await using guild = await SimulatedGuild.start();
  await playing(guild);
  guild.server.crash(guild.server.endpoint, { forget: true });
  await guild.reaches('recovering');
  await guild.reaches('ready');
  expect(guild.joins).toBe(2);
});

test('a resume that is never answered is given up for a fresh join', async () => {
  const clock = new ManualClock();
  await using guild = await SimulatedGuild.start({ clock });
  await guild.listener();
  await guild.join();
  guild.server.faults.withhold.resumed = 1;
  guild.server.closeSession(guild.where, 1006);
  await guild.reaches('recovering');
  clock.advance(5_000 + 500);
  await guild.reaches('ready');
  expect(guild.joins).toBe(2);
});

test('a server that drops each resumed session does not keep us resuming for ever', async () => {
  await using guild = await SimulatedGuild.start();
  await guild.listener();
  await guild.join();
  for (let drop = 0; drop < 6; drop++) {
    guild.server.closeSession(guild.where, 4015);
    await guild.reaches('recovering');
    await guild.reaches('ready');
  }
  expect(guild.server.session(guild.where)).toMatchObject({ resumes: 5 });
  expect(guild.joins).toBe(2);
});

test.each([
  [4004, 'VOICE_REJECTED'],
  [4017, 'VOICE_REJECTED'],
  [4021, 'VOICE_RATE_LIMITED'],
] as const)(
  '%i is final: the session fails with %s and asks for nothing but to leave',
  async (code, error) => {
    await using guild = await SimulatedGuild.start();
    await playing(guild);
    const failures: unknown[] = [];
    guild.session.on('failed', (failure) => failures.push(failure));
    guild.server.closeSession(guild.where, code);
    await guild.reaches('failed');
    expect(failures).toMatchObject([{ code: error, details: { closeCode: code, rejoins: 0 } }]);
    expect(guild.requests).toEqual([CHANNEL, null]);
  },
);

test.each([4014, 4022])(
  '%i and a voice state without a channel: kicked, and no question at all',
  async (code) => {
    await using guild = await SimulatedGuild.start();
    await playing(guild);
    guild.server.closeSession(guild.where, code);
    await guild.reaches('recovering');
    guild.tell(null);
    expect(guild.session.state).toMatchObject({ status: 'failed', error: { code: 'VOICE_KICKED' } });
    expect(guild.requests).toEqual([CHANNEL]);
  },
);

test.each([4014, 4022])('%i and nothing more: kicked after five seconds', async (code) => {
  const clock = new ManualClock();
  await using guild = await SimulatedGuild.start({ clock });
  await guild.listener();
  await guild.join();
  guild.server.closeSession(guild.where, code);
  await guild.reaches('recovering');
  clock.advance(4_999);
  expect(guild.session.status).toBe('recovering');
  clock.advance(1);
  expect(guild.session.state).toMatchObject({ status: 'failed', error: { code: 'VOICE_KICKED' } });
  expect(guild.requests).toEqual([CHANNEL, null]);
});

test('kicked before the socket is closed: the voice state alone ends the session', async () => {
  await using guild = await SimulatedGuild.start();
  await playing(guild);
  guild.tell(null);
  expect(guild.session.state).toMatchObject({ status: 'failed', error: { code: 'VOICE_KICKED' } });
  expect(guild.requests).toEqual([CHANNEL]);
});

test.each(['inOrder', 'serverFirst'] as const)(
  'moved by a moderator, told %s: the music goes on in the other channel without a question',
  async (order) => {
    await using guild = await SimulatedGuild.start();
    const there = await guild.listener(OTHER_CHANNEL, '400000000000000002');
    const { listener: here } = await playing(guild);
    guild.answer = order;
    guild.tell(OTHER_CHANNEL);
    await guild.reaches('ready');
    await eventually(() => there.frames.length).toBeGreaterThan(10);
    expect(guild.session.channelId).toBe(OTHER_CHANNEL);
    expect(guild.requests).toEqual([CHANNEL]);
    const heard = [...music(here.frames), ...music(there.frames)].map((opus) => opus.readUInt32BE(1));
    expect(heard).toEqual([...heard].sort((a, b) => a - b));
  },
);

test('a voice server that is taken away and replaced is followed without a question', async () => {
  await using guild = await SimulatedGuild.start();
  const { listener } = await playing(guild);
  guild.session.handleVoiceServer({ token: 'none', endpoint: null });
  expect(guild.session.status).toBe('recovering');
  await guild.server.openEndpoint();
  guild.tell(CHANNEL);
  await guild.reaches('ready');
  const before = listener.frames.length;
  await eventually(() => listener.frames.length).toBeGreaterThan(before + 10);
  expect(guild.requests).toEqual([CHANNEL]);
});

test.each(['ready', 'sessionDescription', 'ipDiscoveryReply'] as const)(
  'a join that stalls before %s is tried once more from the beginning, then fails with JOIN_TIMEOUT',
  async (message) => {
    const clock = new ManualClock();
    await using guild = await SimulatedGuild.start({ clock });
    guild.server.faults.withhold[message] = Number.POSITIVE_INFINITY;
    guild.session.join(CHANNEL);
    await eventually(() => guild.server.session(guild.where)?.allocations).toBe(1);
    clock.advance(10_000);
    clock.advance(500);
    expect(guild.requests).toEqual([CHANNEL, null, CHANNEL]);
    await eventually(() => guild.server.session(guild.where)?.allocations).toBe(2);
    clock.advance(10_000);
    expect(guild.session.state).toMatchObject({ status: 'failed', error: { code: 'JOIN_TIMEOUT' } });
    expect(guild.requests).toEqual([CHANNEL, null, CHANNEL, null]);
  },
);

test('a join that nobody answers fails with JOIN_TIMEOUT', async () => {
  const clock = new ManualClock();
  await using guild = await SimulatedGuild.start({ clock });
  guild.answer = 'none';
  guild.session.join(CHANNEL);
  await Promise.resolve();
  clock.advance(20_500);
  expect(guild.session.state).toMatchObject({ status: 'failed', error: { code: 'JOIN_TIMEOUT' } });
  expect(guild.joins).toBe(2);
});

test.each([
  [4006, 6, 'VOICE_DISCONNECTED'],
  [4016, 2, 'VOICE_REJECTED'],
  [4004, 1, 'VOICE_REJECTED'],
  [4017, 1, 'VOICE_REJECTED'],
  [4021, 1, 'VOICE_RATE_LIMITED'],
] as const)(
  'a server that refuses every identify with %i is asked %i times in all',
  async (code, joins, error) => {
    const clock = new ManualClock();
    await using guild = await SimulatedGuild.start({ clock });
    guild.server.faults.refuseIdentify(code, Number.POSITIVE_INFINITY);
    guild.session.join(CHANNEL);
    await untilFailed(guild, clock);
    expect(guild.joins).toBe(joins);
    expect(guild.session.state).toMatchObject({ error: { code: error, details: { closeCode: code } } });
  },
);

test('an endpoint where nobody listens is bounded like any other loss, and its cause is kept', async () => {
  const clock = new ManualClock();
  await using guild = await SimulatedGuild.start({ clock });
  guild.answer = 'none';
  guild.session.join(CHANNEL);
  await eventually(() => {
    const { state } = guild.session;
    if ('request' in state && state.connection === undefined) {
      clock.advance(100);
      guild.session.handleVoiceState({
        user_id: guild.where.userId,
        channel_id: CHANNEL,
        session_id: 's',
      });
      guild.session.handleVoiceServer({ token: 't', endpoint: '127.0.0.1:1' });
    }
    return state.status;
  }).toBe('failed');
  expect(guild.joins).toBeLessThanOrEqual(6);
  expect(guild.session.state).toMatchObject({
    error: { code: 'VOICE_DISCONNECTED', details: { said: expect.stringContaining('ECONNREFUSED') } },
  });
});

test('a person who says /join ends a back-off, and gives the session its whole budget back', async () => {
  const clock = new ManualClock();
  await using guild = await SimulatedGuild.start({ clock });
  await guild.listener();
  await guild.join();
  guild.server.closeSession(guild.where, 4006);
  await guild.reaches('recovering');
  clock.advance(100);
  expect(guild.joins).toBe(1);
  expect(guild.session.join(CHANNEL)).toBe(false);
  await guild.reaches('ready');
  expect(guild.joins).toBe(2);
  clock.advance(500); // when the back-off would have ended
  expect(guild.joins).toBe(2);
});

describe('while the bot is away', () => {
  /** Lets time pass, in steps, as long as the session has nothing else under way. */
  function pass(clock: ManualClock, ms: number): void {
    for (let passedMs = 0; passedMs < ms; passedMs += 1_000) clock.advance(1_000);
  }

  test.each([4014, 4006])(
    '%i ends nothing: the session waits, and asks once the bot is back',
    async (code) => {
      const clock = new ManualClock();
      await using guild = await SimulatedGuild.start({ clock });
      const { listener } = await playing(guild);
      guild.isBotAway = true;
      guild.server.closeSession(guild.where, code);
      await guild.reaches('recovering');
      pass(clock, 10 * 60_000);
      expect(guild.session.state).toMatchObject({ status: 'recovering', channelId: CHANNEL });
      expect(guild.joins).toBe(1);

      guild.isBotAway = false;
      pass(clock, 5_000);
      await guild.reaches('ready');
      const before = listener.frames.length;
      await eventually(() => listener.frames.length).toBeGreaterThan(before + 10);
      expect(guild.joins).toBe(2);
      expect(guild.log.filter((line) => JSON.stringify(line).includes('bot is away'))).toHaveLength(1);
    },
  );

  test('a bot that is back and asks by itself is not asked a second time', async () => {
    const clock = new ManualClock();
    await using guild = await SimulatedGuild.start({ clock });
    const { listener } = await playing(guild);
    guild.isBotAway = true;
    guild.server.closeSession(guild.where, 4014);
    await guild.reaches('recovering');
    pass(clock, 62_000);
    guild.isBotAway = false;
    guild.tell(CHANNEL);
    await guild.reaches('ready');
    const before = listener.frames.length;
    await eventually(() => listener.frames.length).toBeGreaterThan(before + 10);
    expect(guild.joins).toBe(1);
  });

  test('an hour of absence ends the session', async () => {
    const clock = new ManualClock();
    await using guild = await SimulatedGuild.start({ clock });
    await playing(guild);
    guild.isBotAway = true;
    guild.server.closeSession(guild.where, 4014);
    await guild.reaches('recovering');
    pass(clock, 61 * 60_000);
    expect(guild.session.state).toMatchObject({ status: 'failed', error: { code: 'VOICE_KICKED' } });
  });
});
