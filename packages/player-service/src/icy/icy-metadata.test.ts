import fc from 'fast-check';
import { expect, test } from 'vitest';
import { IcyMetadata, icyInterval } from './icy-metadata.ts';
import { streamTitle } from './stream-title.ts';

/** Sound with a block after each `interval` bytes, as a server sends it. */
function interleaved(sound: Buffer, interval: number, titleAt: (block: number) => string): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0, block = 0; at < sound.length; at += interval, block++) {
    const part = sound.subarray(at, at + interval);
    parts.push(part);
    if (part.length === interval) parts.push(blockOf(titleAt(block)));
  }
  return Buffer.concat(parts);
}

function blockOf(title: string): Buffer {
  const text = Buffer.from(title === '' ? '' : `StreamTitle='${title}';`);
  const units = Math.ceil(text.length / 16);
  return Buffer.concat([Buffer.of(units), text, Buffer.alloc(units * 16 - text.length)]);
}

/** Anything but what the stream means by a block: no quote, no letter. */
function noise(bytes: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: bytes }, (_, i) => 0x80 | (i * 37)));
}

function read(
  stream: Buffer,
  interval: number,
  chunkBytes: (index: number) => number,
): { sound: Buffer; titles: (string | undefined)[] } {
  const titles: (string | undefined)[] = [];
  const metadata = new IcyMetadata(interval, (block) => titles.push(streamTitle(block)));
  const sound: Buffer[] = [];
  for (let at = 0, index = 0; at < stream.length; index++) {
    const next = at + chunkBytes(index);
    sound.push(...metadata.push(stream.subarray(at, next)));
    at = next;
  }
  return { sound: Buffer.concat(sound), titles };
}

test('however the stream is cut into chunks, the sound is whole and every title is told', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5_000 }),
      fc.integer({ min: 1, max: 500 }),
      fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }),
      (bytes, interval, cuts) => {
        const sound = noise(bytes);
        const titleAt = (block: number) => (block % 3 === 1 ? '' : `Song ${block}`);
        const heard = read(
          interleaved(sound, interval, titleAt),
          interval,
          (index) => cuts[index % cuts.length] ?? 1,
        );
        expect(heard.sound.equals(sound)).toBe(true);
        const blocks = Array.from({ length: Math.floor(bytes / interval) }, (_, block) => titleAt(block));
        expect(heard.titles).toEqual(blocks.filter((title) => title !== ''));
      },
    ),
  );
});

test('a server that states an interval and sends no metadata loses no sound', () => {
  const sound = noise(100_000);
  const heard = read(sound, 8_192, () => 1_000);
  const heldBack = sound.length - heard.sound.length;
  expect(heldBack).toBeLessThan(14); // what may be the beginning of a block, until more comes
  expect(heard.sound.equals(sound.subarray(0, heard.sound.length))).toBe(true);
  expect(heard.titles).toEqual([]);
});

test('a server that states a wrong interval gives away two blocks, then is read right', () => {
  const sound = noise(20_000);
  const { sound: heard, titles } = read(
    interleaved(sound, 1_000, (block) => `T${block}`),
    1_007,
    () => 333,
  );
  expect(titles.length).toBeGreaterThan(17);
  expect(titles).not.toContain(undefined);
  expect(heard.length - sound.length).toBeLessThanOrEqual(2 * blockOf('T0').length); // what it takes to notice
});

test('a count that is lost in the middle is found again by the next title', () => {
  const sound = noise(10_000);
  const stream = interleaved(sound, 1_000, (block) => `T${block}`);
  const broken = Buffer.concat([stream.subarray(0, 3_500), stream.subarray(3_777)]);
  const { titles } = read(broken, 1_000, () => 512);
  expect(titles.slice(0, 3)).toEqual(['T0', 'T1', 'T2']);
  expect(titles.slice(-5)).toEqual(['T5', 'T6', 'T7', 'T8', 'T9']);
});

test.each([
  ["StreamTitle='It's a Song';StreamUrl='http://x/';", "It's a Song"],
  ["StreamTitle='Semi;colon'; StreamUrl='';", 'Semi;colon'],
  ["StreamTitle='No end", undefined],
  ["StreamTitle='';", ''],
  ["StreamUrl='http://x/';", undefined],
  ["StreamTitle='A';StreamTitle='B';", 'A'],
  ["StreamTitle='Cut';\0StreamTitle='Padding'", 'Cut'],
])('%j has the title %j', (text, title) => {
  expect(streamTitle(Buffer.from(text))).toBe(title);
});

test('titles are UTF-8 where they can be, else Latin-1', () => {
  expect(streamTitle(Buffer.from("StreamTitle='Sigur Rós – Ágætis';"))).toBe('Sigur Rós – Ágætis');
  expect(streamTitle(Buffer.from("StreamTitle='Sigur Rós';", 'latin1'))).toBe('Sigur Rós');
});

test.each([
  ['16000', 16_000],
  [' 8192 ', 8_192],
  ['0', undefined],
  ['-1', undefined],
  ['1e3', undefined],
  ['999999999', undefined],
  [undefined, undefined],
])('an interval of %j is %j', (header, bytes) => {
  expect(icyInterval(header)).toBe(bytes);
});
