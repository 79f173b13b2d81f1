import { VoiceEncryptionMode } from 'discord-api-types/voice/v8';
import { expect, test } from 'vitest';
import { encodeTone, measureFrequencyHz } from './fixtures/tone.ts';
import { VoiceBot } from './fixtures/voice-bot.ts';
import { VoiceServer } from './voice-server.ts';

const GUILD = '100000000000000001';
const CHANNEL = '200000000000000001';
const BOT = '300000000000000001';
const LISTENER = '400000000000000001';
const where = { guildId: GUILD, userId: BOT };

const modes = [
  VoiceEncryptionMode.AeadAes256GcmRtpSize,
  VoiceEncryptionMode.AeadXChaCha20Poly1305RtpSize,
] as const;

test('all ports listen on the address that was asked for, and the certificate is valid for it', async () => {
  await using server = await VoiceServer.start({ host: '127.0.0.2' });
  const seat = { guildId: GUILD, channelId: CHANNEL, dave: false };
  await using bot = await VoiceBot.join(server, { ...seat, userId: BOT });

  await bot.play(encodeTone(10));

  await expect.poll(() => server.session(where)?.packets).toBeGreaterThanOrEqual(10);
  expect(server.endpoint).toMatch(/^127\.0\.0\.2:\d+$/);
});

test.each(modes)('150 frames of a tone arrive complete and in tune in a stage channel, %s', async (mode) => {
  await using server = await VoiceServer.start({ modes: [mode] });
  const seat = { guildId: GUILD, channelId: CHANNEL, dave: false };
  const listener = await server.addListener({ ...seat, userId: LISTENER });
  await using bot = await VoiceBot.join(server, { ...seat, userId: BOT });

  await bot.play(encodeTone(150));

  await expect.poll(() => listener.frames.length).toBeGreaterThanOrEqual(154);
  expect(listener.counts).toMatchObject({ lost: 0, undecryptable: 0, plaintextWhileDave: 0 });
  expect(measureFrequencyHz(listener.pcm())).toBeCloseTo(440, 0);
  expect(server.session(where)).toMatchObject({
    state: 'ready',
    mode,
    daveVersion: 0,
    identifies: 1,
    lost: 0,
  });
  expect(server.unexpected).toEqual([]);
});
