import { readFile } from 'node:fs/promises';
import { PlayerError } from '@bandstand/protocol';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../../../test/audio/audio-fixture.ts';
import { MediaFolder, packetHashes } from '../../../test/audio/media-folder.ts';
import { OggDemuxer } from './ogg-demuxer.ts';
import { WebmDemuxer } from './webm-demuxer.ts';

let folder: MediaFolder;
beforeAll(async () => {
  folder = await MediaFolder.create();
}, 30_000);
afterAll(() => folder[Symbol.asyncDispose]());

const OPUS = ['-c:a', 'libopus', '-b:a', '64k'];

describe.each([
  ['WebM', 'a.webm', () => new WebmDemuxer()],
  ['Ogg', 'a.ogg', () => new OggDemuxer()],
])('%s', (_title, name, create) => {
  let bytes: Buffer;
  let hashes: string[];

  beforeAll(async () => {
    const path = await folder.tone(name, OPUS, { seconds: 2 });
    bytes = await readFile(path);
    hashes = await packetHashes(path);
  }, 30_000);

  function demux(chunks: Iterable<Buffer>): string[] {
    const demuxer = create();
    const found: string[] = [];
    for (const chunk of chunks) demuxer.push(chunk, (packet) => found.push(sha256(packet)));
    return found;
  }

  test('gives the same packets however the bytes are chunked', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1 }), (sizes) => {
        const chunks: Buffer[] = [];
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const size = sizes[i % sizes.length] ?? 1;
          chunks.push(bytes.subarray(at, at + size));
          at += size;
        }
        expect(demux(chunks)).toEqual(hashes);
      }),
      { numRuns: 30 },
    );
    expect(demux(Array.from(bytes, (byte) => Buffer.of(byte)))).toEqual(hashes);
  });

  test('knows what it holds from its headers', () => {
    const demuxer = create();
    demuxer.push(bytes.subarray(0, 4_096), () => {});
    expect(demuxer.content).toMatchObject({
      kind: 'opus',
      head: { channels: 2, mappingFamily: 0, outputGainDb: 0 },
    });
  });

  test('fails on damage with MEDIA_BROKEN or not at all', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 30 }), (places) => {
        const damaged = Buffer.from(bytes);
        for (const [at, value] of places) damaged[at % damaged.length] = value;
        try {
          demux([damaged]);
        } catch (error) {
          expect(error).toBeInstanceOf(PlayerError);
          expect(error).toMatchObject({ code: 'MEDIA_BROKEN' });
        }
      }),
      { numRuns: 300 },
    );
  });
});

test('WebM packets carry their times', async () => {
  const demuxer = new WebmDemuxer();
  const times: (number | undefined)[] = [];
  demuxer.push(await readFile(await folder.tone('t.webm', OPUS, { seconds: 2 })), (_packet, ms) =>
    times.push(ms),
  );
  expect(demuxer.content).toMatchObject({ durationMs: expect.closeTo(2_000, -2) });
  const errors = times.map((ms, i) => Math.abs((ms ?? Number.NaN) - i * 20));
  expect(Math.max(...errors)).toBeLessThanOrEqual(10);
});

test('Ogg finds the next page after bytes that are none', async () => {
  const bytes = await readFile(
    await folder.tone('r.ogg', [...OPUS, '-page_duration', '200000'], { seconds: 2 }),
  );
  const secondPage = bytes.indexOf('OggS', bytes.length / 2);
  const demuxer = new OggDemuxer();
  let packets = 0;
  const damaged = Buffer.concat([
    bytes.subarray(0, secondPage),
    Buffer.alloc(5_000, 0x4f),
    bytes.subarray(secondPage),
  ]);
  demuxer.push(damaged, () => packets++);
  expect(packets).toBeGreaterThanOrEqual(100);
});

test('Ogg gives up where no page comes for long', () => {
  const demuxer = new OggDemuxer();
  expect(() => demuxer.push(Buffer.alloc(400_000, 0x4f), () => {})).toThrow(PlayerError);
});

test('a second Ogg stream chained behind the first goes on as the same one', async () => {
  const first = await folder.tone('c1.ogg', OPUS, { seconds: 1 });
  const second = await folder.tone('c2.ogg', [...OPUS, '-serial_offset', '77'], { seconds: 1 });
  const demuxer = new OggDemuxer();
  const found: string[] = [];
  for (const path of [first, second])
    demuxer.push(await readFile(path), (packet) => found.push(sha256(packet)));
  expect(found).toEqual([...(await packetHashes(first)), ...(await packetHashes(second))]);
});
