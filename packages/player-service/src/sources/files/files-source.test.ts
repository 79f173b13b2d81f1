import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Ffprobe } from '../inspect/ffprobe.ts';
import type { MediaProbe } from '../inspect/media-probe.ts';
import { LocalInternet } from '../local-internet.ts';
import { describeSource } from '../source-conformance.ts';
import { FilesSource } from './files-source.ts';
import { MusicFolder } from './music-folder.ts';

/** A folder with music, and a neighbour that must stay unread. */
async function makeFolder(internet: LocalInternet): Promise<{ folder: string; root: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'bandstand-files-'));
  const root = join(folder, 'music');
  await mkdir(join(root, 'Björk', 'deep'), { recursive: true });
  await mkdir(join(folder, 'music-neighbour'));
  const webm = await internet.site.prepare('tone440');
  const flac = await internet.site.prepare('as-flac');
  await copyFile(webm, join(root, 'one_tone.webm'));
  await copyFile(flac, join(root, 'Björk', 'two.flac'));
  await copyFile(flac, join(root, 'Björk', 'deep', 'three.flac'));
  await writeFile(join(root, 'page.mp3'), '<!doctype html><p>no music');
  await writeFile(join(root, '.hidden.mp3'), 'hidden');
  await writeFile(join(root, 'notes.txt'), 'text');
  await mkdir(join(root, 'folder.mp3'));
  await copyFile(webm, join(folder, 'outside.webm'));
  await copyFile(webm, join(folder, 'music-neighbour', 'secret.webm'));
  await symlink(join(folder, 'outside.webm'), join(root, 'leads-out.webm'));
  await symlink(join(root, 'one_tone.webm'), join(root, 'leads-inside.webm'));
  await symlink(root, join(root, 'circle'));
  await symlink(folder, join(root, 'parent'));
  return { folder, root };
}

function probeOf({ children, guard }: LocalInternet): Ffprobe {
  return new Ffprobe({ children, program: 'ffprobe', proxyUrl: guard.url });
}

describeSource('local files', async () => {
  const internet = await LocalInternet.start();
  const { folder, root } = await makeFolder(internet);
  return {
    source: await FilesSource.open({ root, probe: probeOf(internet), maxTrackMs: 3_600_000 }),
    playable: { query: 'one_tone.webm', title: '440 Hz as webm', durationMs: 6_000 },
    foreign: ['some words', 'https://a.example/x.mp3', 'file:///etc/passwd', '', '/etc/passwd'],
    failing: [
      { query: 'none.mp3', code: 'FILE_NOT_FOUND' },
      { query: 'page.mp3', code: 'MEDIA_UNSUPPORTED' },
      { query: 'a\0.mp3', code: 'QUERY_INVALID' },
    ],
    words: 'o e',
    inUse: () => internet.children.size,
    read: async (media) => (media.kind === 'file' ? readFile(media.path) : Buffer.alloc(0)),
    [Symbol.asyncDispose]: async () => {
      await rm(folder, { recursive: true, force: true });
      await internet[Symbol.asyncDispose]();
    },
  };
});

describe('the music root', () => {
  const signal = new AbortController().signal;
  let internet: LocalInternet;
  let folder: string;
  let root: string;
  let source: FilesSource;

  beforeAll(async () => {
    internet = await LocalInternet.start();
    ({ folder, root } = await makeFolder(internet));
    source = await FilesSource.open({ root, probe: probeOf(internet), maxTrackMs: 3_600_000 });
  });

  afterAll(async () => {
    await source.close();
    await rm(folder, { recursive: true });
    await internet[Symbol.asyncDispose]();
  });

  test.each([
    '../outside.webm',
    'x/../../outside.webm',
    '../music-neighbour/secret.webm',
    'leads-out.webm',
    'parent/outside.webm',
    'parent/music-neighbour/secret.webm',
    '/etc/hostname.mp3',
    '~/x.mp3',
    '.hidden.mp3',
    'folder.mp3',
    '..\\outside.webm',
    'one_tone.webm/../../outside.webm',
  ])('%s is not found', async (query) => {
    await expect(source.load(query, { signal })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  });

  test('a link that stays inside is followed', async () => {
    expect(await source.load('leads-inside.webm', { signal })).toMatchObject({ type: 'track' });
    expect(await source.load('circle/one_tone.webm', { signal })).toMatchObject({ type: 'track' });
  });

  test('no path, however built, leads out', async () => {
    const music = await MusicFolder.open(root, { maxFiles: 100, maxDepth: 5 });
    const part = fc.constantFrom(
      '..',
      '.',
      '',
      'parent',
      'circle',
      'Björk',
      'one_tone.webm',
      'outside.webm',
      '/',
      '\\',
      '\0',
      '~',
      '%2e%2e',
      'music-neighbour',
      'secret.webm',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 8 }), async (parts) => {
        const path = await music.locate(parts.join('/')).catch(() => undefined);
        expect(path === undefined || path.startsWith(`${music.root}/`)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  test('is listed without links to folders, hidden files and other files', async () => {
    const music = await MusicFolder.open(root, { maxFiles: 100, maxDepth: 5 });
    expect(await music.list(signal)).toEqual([
      'Björk/deep/three.flac',
      'Björk/two.flac',
      'leads-inside.webm',
      'leads-out.webm',
      'one_tone.webm',
      'page.mp3',
    ]);
  });

  test('is listed only as far and as deep as the limits say', async () => {
    const few = await MusicFolder.open(root, { maxFiles: 2, maxDepth: 5 });
    expect(await few.list(signal)).toHaveLength(2);
    const flat = await MusicFolder.open(root, { maxFiles: 100, maxDepth: 1 });
    expect((await flat.list(signal)).filter((name) => name.includes('/'))).toEqual([]);
  });

  test('is searched by words in any order, without regard to case and accents', async () => {
    const hits = await source.search('TWO bjork', { signal, limit: 10 });
    expect(hits).toEqual([
      expect.objectContaining({ identifier: 'Björk/two.flac', title: 'two', source: 'files' }),
    ]);
  });

  test('is looked into once for each file, and again where nothing was found out', async () => {
    const probe = probeOf(internet);
    let asked = 0;
    const forgetful: MediaProbe = {
      describeUrl: (url, aborted) => probe.describeUrl(url, aborted),
      describeFile: async (path, aborted) => (++asked === 1 ? {} : probe.describeFile(path, aborted)),
    };
    const files = await FilesSource.open({ root, probe: forgetful, maxTrackMs: 3_600_000 });
    const titles: unknown[] = [];
    for (let round = 0; round < 3; round++) {
      const loaded = await files.load('one_tone.webm', { signal });
      titles.push(loaded.type === 'track' && loaded.track.title);
    }
    expect(titles).toEqual(['one tone', '440 Hz as webm', '440 Hz as webm']);
    expect(asked).toBe(2);
    await files.close();
  });

  test('that is not there is a mistake in the configuration', async () => {
    const opening = FilesSource.open({ root: join(folder, 'none'), probe: probeOf(internet), maxTrackMs: 1 });
    await expect(opening).rejects.toThrow('not a folder');
  });
});
