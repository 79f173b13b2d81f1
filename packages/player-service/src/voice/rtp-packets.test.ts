import { VoiceEncryptionMode } from 'discord-api-types/voice/v8';
import { expect, test } from 'vitest';
import { parseRtpPacket } from '../../../discord-simulator/src/voice/rtp-packet.ts';
import { createTransportCipher } from '../../../discord-simulator/src/voice/transport-cipher.ts';
import { RtpPackets } from './rtp-packets.ts';
import { createTransportSeal } from './transport-seal.ts';

const KEY = Buffer.alloc(32, 7);
const MODES = [
  VoiceEncryptionMode.AeadAes256GcmRtpSize,
  VoiceEncryptionMode.AeadXChaCha20Poly1305RtpSize,
] as const;

function start(mode: (typeof MODES)[number], from: { sequence?: number; timestamp?: number } = {}) {
  const seal = createTransportSeal(mode, KEY);
  const packets = new RtpPackets({ ssrc: 0xfedc_ba98, sequence: 0, timestamp: 0, ...from, seal });
  const cipher = createTransportCipher(mode, KEY);
  /** What the voice server makes of the next packet. */
  const receive = (frame: Buffer) => {
    const parsed = parseRtpPacket(packets.make(frame));
    if (parsed === undefined) throw new Error('no RTP packet');
    return { ...parsed, body: cipher.open(parsed.sealed, parsed.header, parsed.nonce) };
  };
  return { packets, receive };
}

test.each(MODES)('%s: the voice server opens what was sealed, header authenticated', (mode) => {
  const { receive } = start(mode);
  const frame = Buffer.from('an Opus frame');
  const received = receive(frame);
  expect(received.body).toEqual(frame);
  expect(received).toMatchObject({ ssrc: 0xfedc_ba98, payloadType: 0x78, extensionBytes: 0 });
});

test.each(MODES)('%s: no nonce is used twice, and none is zero', (mode) => {
  const { receive } = start(mode);
  const counters = Array.from({ length: 500 }, () => receive(Buffer.alloc(3)).nonce.readUInt32BE(0));
  expect(counters).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
});

test('packets are numbered one by one and timed by 960 samples, and both wrap', () => {
  const { receive } = start(MODES[0], { sequence: 0xfffe, timestamp: 2 ** 32 - 960 });
  const numbers = Array.from({ length: 4 }, () => {
    const { sequence, timestamp } = receive(Buffer.alloc(10));
    return [sequence, timestamp];
  });
  expect(numbers).toEqual([
    [0xfffe, 2 ** 32 - 960],
    [0xffff, 0],
    [0, 960],
    [1, 1_920],
  ]);
});

test('frames that were not sent move the timestamp on, and not the numbers', () => {
  const { packets, receive } = start(MODES[0]);
  receive(Buffer.alloc(10));
  packets.skip(95);
  expect(receive(Buffer.alloc(10))).toMatchObject({ sequence: 1, timestamp: 96 * 960 });
});

test('a packet stays as it is while the next ones are made', () => {
  const { packets } = start(MODES[0]);
  const first = packets.make(Buffer.alloc(200, 1));
  const asMade = Buffer.from(first);
  for (let made = 0; made < 100; made++) packets.make(Buffer.alloc(200, 2));
  expect(first).toEqual(asMade);
});

test('a mode that the library never chooses is a bug', () => {
  expect(() => createTransportSeal('xsalsa20_poly1305', KEY)).toThrow('bug: the encryption mode');
});
