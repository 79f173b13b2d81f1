import { createCipheriv, randomBytes } from 'node:crypto';
import { generateDisplayableCode } from '@snazzah/davey';
import { expect, test } from 'vitest';
import { displayableCode } from './displayable-code.ts';
import { isDaveFrame, isSilenceFrame, parseDaveFrame } from './frame-layout.ts';
import { MediaKeys } from './media-keys.ts';
import { expandWithLabel } from './mls-crypto.ts';
import { TlsReader, u32, vector } from './tls-codec.ts';

test('privacy codes are those davey shows', () => {
  for (let i = 0; i < 50; i++) {
    const authenticator = randomBytes(32);
    expect(displayableCode(authenticator)).toBe(generateDisplayableCode(authenticator, 30, 5));
  }
});

test.each([0, 63, 64, 16_383, 16_384, 70_000])('a vector of %i bytes is read as it was written', (length) => {
  const content = randomBytes(length);
  const reader = new TlsReader(Buffer.concat([vector(content), Buffer.from([1])]));
  expect(reader.vector()).toEqual(content);
  expect(reader.u8()).toBe(1);
  expect(reader.isAtEnd).toBe(true);
});

test('a message that ends too early, or with an invalid length, is refused', () => {
  expect(() => new TlsReader(Buffer.from([5, 1])).vector()).toThrow(RangeError);
  expect(() => new TlsReader(Buffer.from([0xc0])).vector()).toThrow(RangeError);
  expect(() => new TlsReader(Buffer.alloc(3)).u32()).toThrow(RangeError);
});

test.each([
  ['silence', Buffer.from('f8fffe', 'hex')],
  ['plain Opus', randomBytes(120).fill(0, 117)],
  ['the marker alone', Buffer.from('0000000000000000000000fafa', 'hex')],
  ['a supplement longer than the frame', Buffer.from('00000000000000000000fffafa', 'hex')],
  ['an unfinished nonce', Buffer.from('0000000000000000800cfafa', 'hex')],
])('%s is no DAVE frame', (_what, payload) => {
  expect(isDaveFrame(payload)).toBe(false);
});

test('silence is told apart from everything else', () => {
  expect(isSilenceFrame(Buffer.from('f8fffe', 'hex'))).toBe(true);
  expect(isSilenceFrame(Buffer.from('f8ffff', 'hex'))).toBe(false);
});

/** Seals a frame as a sender of this generation would, ratcheting from the base secret. */
function seal(base: Buffer, nonce: number, opus: Buffer): Buffer {
  let secret = base;
  for (let generation = 0; generation < nonce >>> 24; generation++) {
    secret = expandWithLabel(secret, 'secret', u32(generation), 32);
  }
  const key = expandWithLabel(secret, 'key', u32(nonce >>> 24), 16);
  const iv = Buffer.alloc(12);
  iv.writeUInt32LE(nonce, 8);
  const cipher = createCipheriv('aes-128-gcm', key, iv, { authTagLength: 8 });
  const sealed = Buffer.concat([cipher.update(opus), cipher.final(), cipher.getAuthTag()]);
  const leb: number[] = [];
  let rest = nonce;
  do {
    leb.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.concat([sealed, Buffer.from(leb), Buffer.from([8 + leb.length + 3, 0xfa, 0xfa])]);
}

test('frames of later and of earlier generations open, those of another sender do not', () => {
  const base = randomBytes(16);
  const keys = new MediaKeys(base);
  const opus = randomBytes(80);
  const open = (nonce: number, secret = base) => {
    const frame = parseDaveFrame(seal(secret, nonce, opus));
    return frame === undefined ? undefined : keys.open(frame);
  };

  expect(open(0)).toEqual(opus);
  expect(open(0x0300_0001)).toEqual(opus);
  expect(open(0x0100_0002)).toEqual(opus);
  expect(open(1, randomBytes(16))).toBeUndefined();
  expect(open(0xc000_0000)).toBeUndefined();
  expect(open(0x0300_0002)).toEqual(opus);
});
