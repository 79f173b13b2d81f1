import type { ChildProcess } from 'node:child_process';
import diagnostics from 'node:diagnostics_channel';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { INSIDE_ADDRESSES } from '@bandstand/test-support';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LocalInternet, YT_DLP } from './local-internet.ts';
import { type OpenSources, openSources, type SourcesOptions } from './open-sources.ts';
import type { Track } from './source.ts';
import { SourceRegistry } from './source-registry.ts';

const signal = () => AbortSignal.timeout(18_000);
let internet: LocalInternet;
let musicRoot: string;
let sources: OpenSources;

/** As `main.ts` opens them, with the variables the media site asks for. */
function settings(): SourcesOptions {
  const { site, children } = internet;
  return {
    children,
    ytDlp: YT_DLP,
    ffprobe: 'ffprobe',
    musicRoot,
    concurrency: 2,
    extractionDeadlineMs: 15_000,
    playlistLimit: 500,
    maxTrackMs: 12 * 3_600_000,
    liveAllowed: false,
    isProduction: false,
    forTests: {
      egressAllow: site.hosts,
      pluginFolders: [site.pluginFolder],
      sites: [`${site.extractors}@${new URL(site.origin).host}`],
      searchKey: site.searchKey,
    },
  };
}

beforeAll(async () => {
  internet = await LocalInternet.start();
  musicRoot = await mkdtemp(join(tmpdir(), 'bandstand-registry-'));
  await writeFile(join(musicRoot, 'a small tune of mine.mp3'), Buffer.from([0xff, 0xfb, 0x90, 0]));
  sources = await openSources(settings());
});

afterAll(async () => {
  await sources[Symbol.asyncDispose]();
  expect(internet.children.size).toBe(0);
  await internet[Symbol.asyncDispose]();
  await rm(musicRoot, { recursive: true });
});

test('a query goes to the most particular source that takes it', async () => {
  const queries = [
    'a small tune of mine.mp3',
    internet.site.pageUrl('tone440'),
    internet.site.mediaUrl('tone440'),
    'tune',
  ];
  const loaded = await Promise.all(
    queries.map((query) => sources.registry.load(query, { signal: signal() })),
  );
  const chosen = loaded.map((result) => (result.type === 'track' ? result.track.source : result.type));
  expect(chosen).toEqual(['files', 'yt-dlp', 'http', 'yt-dlp']);
});

test('a search shows local files first, then what the site has, as many as asked for', async () => {
  const hits = await sources.registry.search('small tune', { limit: 2, signal: signal() });
  expect(hits.map(({ title, source }) => [source, title])).toEqual([
    ['files', 'a small tune of mine'],
    ['yt-dlp', 'A Small Tune'],
  ]);
  expect(await sources.registry.search('small tune', { limit: 1, signal: signal() })).toHaveLength(1);
  expect(await sources.registry.search('nothing like this', { limit: 5, signal: signal() })).toEqual([]);
});

test('a search fails only if nothing was found and a source failed', async () => {
  await using broken = await openSources({ ...settings(), extractionDeadlineMs: 1 });
  expect(await broken.registry.search('small tune', { limit: 5, signal: signal() })).toHaveLength(1);
  const nothing = broken.registry.search('nothing like this', { limit: 5, signal: signal() });
  await expect(nothing).rejects.toMatchObject({ code: 'SOURCE_TIMEOUT' });
});

test('a track of a source that is switched off is refused', async () => {
  const track: Track = { source: 'files', identifier: 'x.mp3', title: 'x', isLive: false };
  await expect(new SourceRegistry([]).resolve(track, { signal: signal() })).rejects.toMatchObject({
    code: 'UNSUPPORTED_URL',
  });
  await expect(new SourceRegistry([]).load('words', { signal: signal() })).rejects.toMatchObject({
    code: 'UNSUPPORTED_URL',
  });
});

describe('an address of the inside', () => {
  test.each(INSIDE_ADDRESSES)('%s as a query is told to be not allowed', async (host) => {
    const loading = sources.registry.load(`http://${host}/latest/meta-data/song.mp3`, { signal: signal() });
    await expect(loading).rejects.toMatchObject({ code: 'ADDRESS_NOT_ALLOWED' });
  });

  test('is not fetched for a track that claims to be of an enabled site', async () => {
    const track: Track = {
      source: 'yt-dlp',
      identifier: 'http://169.254.169.254/watch/x',
      title: 'x',
      isLive: false,
    };
    await expect(sources.registry.resolve(track, { signal: signal() })).rejects.toMatchObject({
      code: 'UNSUPPORTED_URL',
    });
  });
});

test('switches for tests are refused in production', async () => {
  await expect(openSources({ ...settings(), isProduction: true })).rejects.toThrow('production');
});

test('what could not be opened leaves nothing open', async () => {
  const failing = openSources({ ...settings(), ytDlp: 'no-such-yt-dlp' });
  await expect(failing).rejects.toMatchObject({ code: 'EXTRACTOR_MISSING' });
});

test('loading a track of the site costs one process and one request', async () => {
  internet.site.log.clear();
  await using fresh = await openSources(settings());
  const result = await fresh.registry.load(internet.site.pageUrl('minute'), { signal: signal() });
  if (result.type !== 'track') throw new Error(result.type);
  await fresh.registry.resolve(result.track, { signal: signal() });
  expect(internet.site.log.list().map(({ path }) => path)).toEqual(['/watch/minute']);
});

test('local files and direct media are looked into without a program being started by this thread', async () => {
  await copyFile(await internet.site.prepare('tone440'), join(musicRoot, 'tone.webm'));
  const started: ChildProcess[] = [];
  const onStart = (message: unknown) => started.push((message as { process: ChildProcess }).process);
  diagnostics.subscribe('child_process', onStart);
  try {
    const queries = ['tone.webm', internet.site.mediaUrl('tone440')];
    const loaded = await Promise.all(
      queries.map((query) => sources.registry.load(query, { signal: signal() })),
    );
    for (const result of loaded) expect(result).toMatchObject({ track: { durationMs: expect.any(Number) } });
    expect(started.map(({ spawnargs }) => spawnargs)).toEqual([]);
  } finally {
    diagnostics.unsubscribe('child_process', onStart);
  }
});
