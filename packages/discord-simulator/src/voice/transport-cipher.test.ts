import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { parseRtpPacket } from './rtp-packet.ts';
import { createTransportCipher, isTransportMode, TRANSPORT_MODES } from './transport-cipher.ts';

const nonce = Buffer.from([0, 0, 0, 9]);

test.each(TRANSPORT_MODES)('%s opens what it sealed and nothing that was touched', (mode) => {
  const key = randomBytes(32);
  const header = randomBytes(12);
  const sealed = createTransportCipher(mode, key).seal(Buffer.from('opus'), header, nonce);
  const cipher = createTransportCipher(mode, key);

  expect(cipher.open(sealed, header, nonce)).toEqual(Buffer.from('opus'));
  expect(cipher.open(sealed, randomBytes(12), nonce)).toBeUndefined();
  expect(cipher.open(sealed, header, Buffer.from([0, 0, 0, 8]))).toBeUndefined();
  expect(createTransportCipher(mode, randomBytes(32)).open(sealed, header, nonce)).toBeUndefined();
});

test('discontinued modes are none', () => {
  expect(isTransportMode('xsalsa20_poly1305')).toBe(false);
});

test('contributing sources and the extension preamble are clear, the extension itself is not', () => {
  const header = Buffer.alloc(12 + 4 + 4);
  header.writeUInt8(0x91, 0); // extension, one contributing source
  header.writeUInt8(0x78, 1);
  header.writeUInt16BE(4_711, 2);
  header.writeUInt32BE(960, 4);
  header.writeUInt32BE(42, 8);
  header.writeUInt16BE(0xbede, 16);
  header.writeUInt16BE(2, 18);

  const packet = parseRtpPacket(Buffer.concat([header, Buffer.alloc(8 + 3 + 16), nonce]));

  expect(packet).toMatchObject({
    sequence: 4_711,
    timestamp: 960,
    ssrc: 42,
    payloadType: 0x78,
    extensionBytes: 8,
  });
  expect(packet?.header).toEqual(header);
  expect(packet?.nonce).toEqual(nonce);
  expect(packet?.sealed).toHaveLength(8 + 3 + 16);
});

test.each([
  ['nothing', Buffer.alloc(0)],
  ['too short for a tag', Buffer.alloc(31, 0x80)],
  ['RTP version 1', Buffer.alloc(60, 0x40)],
  ['a header longer than the packet', Buffer.alloc(40, 0x8f)],
])('%s is no RTP packet', (_what, datagram) => {
  expect(parseRtpPacket(datagram)).toBeUndefined();
});
