import { VoiceEncryptionMode } from 'discord-api-types/voice/v8';
import { expect, test } from 'vitest';
import type { ChannelListener } from './channel-listener.ts';
import { encodeTone, measureFrequencyHz } from './fixtures/tone.ts';
import { VoiceBot } from './fixtures/voice-bot.ts';
import { createSeededRandom } from './seeded-random.ts';
import { VoiceServer } from './voice-server.ts';

const GUILD = '100000000000000001';
const CHANNEL = '200000000000000001';
const BOT = '300000000000000001';
const ANNA = '400000000000000001';
const BEN = '400000000000000002';
const where = { guildId: GUILD, userId: BOT };
const seat = { guildId: GUILD, channelId: CHANNEL, dave: true };
const modes = [
  VoiceEncryptionMode.AeadAes256GcmRtpSize,
  VoiceEncryptionMode.AeadXChaCha20Poly1305RtpSize,
] as const;

test.each(modes)('150 frames of a tone are decrypted by an independent group member, %s', async (mode) => {
  await using server = await VoiceServer.start({ modes: [mode] });
  const anna = await server.addListener({ ...seat, userId: ANNA });
  await using bot = await VoiceBot.join(server, { ...seat, userId: BOT });
  await bot.becomesSecure();

  await bot.play(encodeTone(150));

  await expect.poll(() => anna.counts.decrypted).toBe(150);
  expect(anna.counts).toMatchObject({ lost: 0, undecryptable: 0, plaintextWhileDave: 0, beforeGroup: 0 });
  expect(anna.frames.filter((frame) => frame.encrypted === 'dave')).toHaveLength(150);
  expect(measureFrequencyHz(anna.pcm())).toBeCloseTo(440, 0);
  expect(anna.privacyCode).toMatch(/^\d{30}$/);
  expect(bot.privacyCode).toBe(anna.privacyCode);
  expect(server.session(where)).toMatchObject({ state: 'ready', mode, daveVersion: 1, identifies: 1 });
  expect(server.unexpected).toEqual([]);
});

const tone = encodeTone(500);

/** Waits until a listener decrypts, then for this many more frames. */
async function hears(listener: ChannelListener, frames: number): Promise<void> {
  const { decrypted } = listener.counts;
  await expect
    .poll(() => listener.counts.decrypted, { timeout: 10_000 })
    .toBeGreaterThanOrEqual(decrypted + frames);
}

test('alone in the channel a client has no group and sends plain Opus, which nobody minds', async () => {
  await using server = await VoiceServer.start();
  await using bot = await VoiceBot.join(server, { ...seat, userId: BOT });

  await bot.play(tone.slice(0, 25));

  await expect.poll(() => server.session(where)?.packets).toBeGreaterThanOrEqual(25);
  expect(bot.secure).toBe(false);
  expect(server.session(where)).toMatchObject({ daveVersion: 1, lost: 0 });
  expect(server.unexpected).toEqual([]);
});

test('music that starts at Ready instead of with the group is reported as plaintext', async () => {
  await using server = await VoiceServer.start();
  server.faults.messageDelayMs.toClient = 50;
  server.faults.messageDelayMs.toServer = 50;
  const anna = await server.addListener({ ...seat, userId: ANNA });
  await using bot = await VoiceBot.join(server, { ...seat, userId: BOT });

  await bot.play(tone.slice(0, 50));

  await expect.poll(() => anna.counts.decrypted).toBeGreaterThan(0);
  expect(anna.counts.plaintextWhileDave).toBeGreaterThan(0);
  expect(server.unexpected.map(({ kind }) => kind)).toEqual(['plaintext-while-dave']);
});

test('members come and go while music plays: each hears it in clear only while in the group', async () => {
  await using server = await VoiceServer.start();
  await using bot = await VoiceBot.join(server, { ...seat, userId: BOT });
  bot.start(tone);
  const anna = await server.addListener({ ...seat, userId: ANNA });
  await hears(anna, 20);
  const ben = await server.addListener({ ...seat, userId: BEN });
  await hears(ben, 20);
  expect(new Set([...anna.groupMemberIds])).toEqual(new Set([ANNA, BEN, BOT]));
  expect([anna.privacyCode, ben.privacyCode]).toEqual([bot.privacyCode, bot.privacyCode]);

  await anna.leave();
  await hears(ben, 20);
  expect(new Set(ben.groupMemberIds)).toEqual(new Set([BEN, BOT]));
  const heardByAnna = anna.counts.received;
  await hears(ben, 5);
  expect(anna.counts.received).toBe(heardByAnna);

  await ben.leave();
  await expect.poll(() => bot.secure).toBe(false);
  const again = await server.addListener({ ...seat, userId: ANNA });
  await hears(again, 20);
  expect(again.privacyCode).toBe(bot.privacyCode);
  for (const listener of [anna, ben, again]) {
    expect(listener.counts).toMatchObject({ lost: 0, undecryptable: 0, plaintextWhileDave: 0 });
  }
  expect(server.unexpected).toEqual([]);
});

test('three clients and a listener form one group and share its code', async () => {
  await using server = await VoiceServer.start();
  await using first = await VoiceBot.join(server, { ...seat, userId: BOT });
  await using second = await VoiceBot.join(server, { ...seat, userId: '300000000000000002' });
  const anna = await server.addListener({ ...seat, userId: ANNA });
  await using third = await VoiceBot.join(server, { ...seat, userId: '300000000000000003' });

  await expect.poll(() => anna.groupMemberIds.length, { timeout: 5_000 }).toBe(4);
  await expect
    .poll(() => new Set([first.privacyCode, second.privacyCode, third.privacyCode, anna.privacyCode]).size)
    .toBe(1);
  await Promise.all([first, second, third].map((bot) => bot.play(tone.slice(0, 50))));

  await expect.poll(() => anna.counts.decrypted).toBe(150);
  expect(anna.counts).toMatchObject({ lost: 0, undecryptable: 0, plaintextWhileDave: 0 });
  expect(server.unexpected).toEqual([]);
});

test('a client that cannot read a commit is removed, added anew, and heard again', async () => {
  await using server = await VoiceServer.start();
  const anna = await server.addListener({ ...seat, userId: ANNA });
  await using bot = await VoiceBot.join(server, { ...seat, userId: BOT });
  await bot.becomesSecure();
  bot.start(tone);
  await hears(anna, 10);
  const code = anna.privacyCode;

  await server.sendRogue(where, 'garbled-commit');

  await expect.poll(() => anna.privacyCode).not.toBe(code);
  await bot.becomesSecure();
  await hears(anna, 20);
  expect(bot.privacyCode).toBe(anna.privacyCode);
  expect(server.session(where)).toMatchObject({ state: 'ready', identifies: 1, resumes: 0 });
  // What it sends until it is back in the group is plaintext: the library's own fault, and reported as such.
  expect(anna.counts).toMatchObject({ lost: 0, undecryptable: 0 });
  const { received, decrypted, plaintextWhileDave } = anna.counts;
  expect(decrypted + plaintextWhileDave).toBe(received);
  expect(plaintextWhileDave).toBeLessThan(50);
});

test('another unmodified client hears and decrypts it, too', async () => {
  await using server = await VoiceServer.start();
  await using first = await VoiceBot.join(server, { ...seat, userId: BOT });
  await using second = await VoiceBot.join(server, { ...seat, userId: '300000000000000002' });
  await first.becomesSecure();
  await second.becomesSecure();
  const stream = second.connection.receiver.subscribe(BOT);
  const heard: Buffer[] = [];
  stream.on('data', (packet: Buffer) => heard.push(packet));

  await first.play(tone.slice(0, 50));

  await expect.poll(() => heard.length).toBeGreaterThanOrEqual(50);
  expect(heard.slice(0, 50)).toEqual(tone.slice(0, 50));
  stream.destroy();
});

test('however listeners come and go, those who are there agree on one group', async () => {
  await using server = await VoiceServer.start({ transitionDeadlineMs: 50 });
  await using bot = await VoiceBot.join(server, { ...seat, userId: BOT });
  const random = createSeededRandom(7);
  const present = new Map<string, ChannelListener>();

  for (let step = 0; step < 40; step++) {
    const userId = `40000000000000000${1 + Math.floor(random() * 6)}`;
    const known = present.get(userId);
    present.delete(userId);
    if (known !== undefined) await known.leave();
    else present.set(userId, await server.addListener({ ...seat, userId }));
    if (random() < 0.5) continue;
    // Half of the changes overlap, after the other half everybody has to agree.
    await expect
      .poll(() => groupsOf(bot, present), { timeout: 10_000, interval: 5 })
      .toEqual(agreed(present));
  }
  await expect.poll(() => groupsOf(bot, present), { timeout: 10_000, interval: 5 }).toEqual(agreed(present));
  expect(server.unexpected).toEqual([]);
});

/** The codes in use, and whom each listener takes for members. */
function groupsOf(bot: VoiceBot, present: Map<string, ChannelListener>) {
  const codes = [
    bot.privacyCode || undefined,
    ...[...present.values()].map(({ privacyCode }) => privacyCode),
  ];
  const members = [...present.values()].map(({ groupMemberIds }) => [...groupMemberIds].sort());
  return { codes: new Set(codes).size, grouped: codes[0] !== undefined, members };
}

function agreed(present: Map<string, ChannelListener>) {
  const everybody = [BOT, ...present.keys()].sort();
  return { codes: 1, grouped: present.size > 0, members: [...present.keys()].map(() => everybody) };
}

test('somebody joins while another leaves: the one who stays lets the new one in', async () => {
  await using server = await VoiceServer.start();
  await using bot = await VoiceBot.join(server, { ...seat, userId: BOT });
  const anna = await server.addListener({ ...seat, userId: ANNA });
  await bot.becomesSecure();

  const arriving = server.addListener({ ...seat, userId: BEN });
  const [ben] = await Promise.all([arriving, arriving.then(() => anna.leave())]);

  await expect.poll(() => ben.groupMemberIds.length).toBe(2);
  await expect.poll(() => bot.privacyCode).toBe(ben.privacyCode);
  expect(server.unexpected).toEqual([]);
});
