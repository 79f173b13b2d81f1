import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MediaFolder } from '../../test/audio/media-folder.ts';
import { OggTitles } from './ogg-titles.ts';

let folder: MediaFolder;
let chain: Buffer;

/** What a station sends: one logical stream after the other. */
beforeAll(async () => {
  folder = await MediaFolder.create();
  const songs = [
    ['opus', 'libopus', ['-metadata', 'artist=Sigur Rós', '-metadata', 'title=Ágætis byrjun']],
    ['vorbis', 'libvorbis', ['-metadata', 'title=Alone']],
    ['long', 'libopus', ['-metadata', `comment=${'x'.repeat(70_000)}`, '-metadata', 'title=Before a lot']],
    ['none', 'libopus', []],
    ['last', 'libopus', ['-metadata', `comment=${'x'.repeat(40_000)}`, '-metadata', 'title=Over pages']],
  ] as const;
  const files: Buffer[] = [];
  for (const [name, codec, tags] of songs) {
    const path = await folder.tone(`${name}.ogg`, ['-c:a', codec, ...tags], { seconds: 1 });
    files.push(await readFile(path));
  }
  chain = Buffer.concat(files);
});

afterAll(() => folder[Symbol.asyncDispose]());

function read(bytes: Buffer, cuts: readonly number[]): string[] {
  const titles: string[] = [];
  const reader = new OggTitles((title) => titles.push(title));
  for (let at = 0, index = 0; at < bytes.length; index++) {
    const next = at + (cuts[index % cuts.length] ?? 1);
    reader.push(bytes.subarray(at, next));
    at = next;
  }
  return titles;
}

test('each logical stream tells its title, however the bytes are cut; a header too large to hold is read as far as it goes', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9_000 }), { minLength: 1, maxLength: 20 }), (cuts) => {
      expect(read(chain, cuts)).toEqual([
        'Sigur Rós - Ágætis byrjun',
        'Alone',
        'Before a lot',
        '',
        'Over pages',
      ]);
    }),
    { numRuns: 30 },
  );
});

test('joined in the middle, or with a piece missing, it goes on with the next stream', () => {
  expect(read(chain.subarray(5_000), [4_096])).toEqual(['Alone', 'Before a lot', '', 'Over pages']);
});

test('bytes that are no Ogg, or only look like it, do no harm', () => {
  const noise = fc.uint8Array({ maxLength: 500 }).map((bytes) => Buffer.from(bytes));
  const header = fc
    .uint8Array({ minLength: 23, maxLength: 400 })
    .map((bytes) => Buffer.concat([Buffer.from('OggS'), Buffer.from(bytes)]));
  const tags = fc
    .uint8Array({ maxLength: 200 })
    .map((bytes) => Buffer.concat([Buffer.from('OpusTags'), Buffer.from(bytes)]));
  fc.assert(
    fc.property(fc.array(fc.oneof(noise, header, tags), { maxLength: 20 }), (pieces) => {
      const reader = new OggTitles(() => {});
      for (const piece of pieces) reader.push(piece);
    }),
  );
});
