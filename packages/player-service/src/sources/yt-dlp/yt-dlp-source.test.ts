import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { ErrorCode } from '@bandstand/protocol';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Media } from '../../audio/media.ts';
import { EgressGuard } from '../egress-guard/egress-guard.ts';
import { EgressPolicy } from '../egress-guard/egress-policy.ts';
import { LocalInternet } from '../local-internet.ts';
import type { LoadResult, Track } from '../source.ts';
import { describeSource, type SourceHarness } from '../source-conformance.ts';
import { SITES } from './sites.ts';
import type { YtDlpSource, YtDlpSourceOptions } from './yt-dlp-source.ts';

async function read(media: Media): Promise<Buffer> {
  if (media.kind !== 'http') throw new Error('expected media over http');
  const { statusCode, body } = await request(media.url, { headers: media.headers });
  expect(statusCode).toBe(200);
  return Buffer.from(await body.arrayBuffer());
}

const WAYS = [
  ['forked', true],
  ['a process for each call', false],
] as const;

for (const [way, forks] of WAYS) describeSource(`yt-dlp, ${way},`, () => startHarness(forks));

async function startHarness(forks: boolean): Promise<SourceHarness> {
  const internet = await LocalInternet.start();
  const { site, children } = internet;
  const source = await internet.ytDlp({ forks });
  const way = forks ? 'fork' : 'process';
  await vi.waitFor(() => expect(source.starting).toMatchObject({ way }), { timeout: 20_000 });
  return {
    source,
    playable: { query: site.pageUrl('tone440'), title: '440 Hz as webm', durationMs: 6_000 },
    foreign: ['https://other.example/song.mp3', 'ftp://other.example/', '', site.mediaUrl('tone440')],
    failing: [
      { query: site.pageUrl('private'), code: 'TRACK_PRIVATE' },
      { query: `${site.origin}/watch/no-such-track`, code: 'TRACK_REMOVED' },
      { query: 'https://other.example/watch/x', code: 'UNSUPPORTED_URL' },
      { query: 'x'.repeat(501), code: 'QUERY_INVALID' },
    ],
    hanging: site.pageUrl('hanging'),
    words: 'Hz as',
    // The parent that is forked stays for as long as the source is open.
    inUse: () => children.size - (source.starting.way === 'fork' ? 1 : 0),
    read,
    [Symbol.asyncDispose]: () => internet[Symbol.asyncDispose](),
  };
}

let internet: LocalInternet;
const signal = () => AbortSignal.timeout(25_000);

beforeAll(async () => {
  internet = await LocalInternet.start();
});

afterAll(async () => {
  expect(internet.children.size).toBe(0);
  await internet[Symbol.asyncDispose]();
});

/** A fresh source with empty caches; the log of the site starts empty, too. */
async function open(options: Partial<YtDlpSourceOptions> = {}): Promise<YtDlpSource> {
  const source = await internet.ytDlp(options);
  onTestFinished(() => source.close());
  internet.site.log.clear();
  return source;
}

async function collect(result: LoadResult): Promise<readonly Track[]> {
  if (result.type !== 'playlist') throw new Error(`expected a playlist, got ${result.type}`);
  const tracks: Track[] = [];
  for await (const track of result.tracks) tracks.push(track);
  return tracks;
}

async function loadTrack(source: YtDlpSource, query: string): Promise<Track> {
  const result = await source.load(query, { signal: signal() });
  if (result.type !== 'track') throw new Error(`expected one track, got ${result.type}`);
  return result.track;
}

describe('one extraction', () => {
  test('is all that a play costs: the load brings the media along', async () => {
    const source = await open();
    const track = await loadTrack(source, internet.site.pageUrl('choice'));
    const media = await source.resolve(track, { signal: signal() });
    expect(internet.site.log.list('/watch/')).toHaveLength(1);
    expect(media).toMatchObject({ container: 'webm', codec: 'opus', durationMs: 6_000, isLive: false });
    expect(media.expiresAtMs).toBeGreaterThan(Date.now());
    expect(Object.keys(media.headers)).toContain('User-Agent');
  });

  test('serves equal requests that overlap, and those that follow', async () => {
    const source = await open();
    const url = internet.site.pageUrl('slow');
    const tracks = await Promise.all([
      loadTrack(source, url),
      loadTrack(source, url),
      loadTrack(source, url),
    ]);
    expect(new Set(tracks.map(({ title }) => title))).toEqual(new Set(['Slow page']));
    await loadTrack(source, url);
    expect(internet.site.log.list('/watch/slow')).toHaveLength(1);
  });

  test('is repeated when the caller wants a fresh address, and when the old one is about to end', async () => {
    let nowMs = Date.now();
    const source = await open({ now: () => nowMs });
    const track = await loadTrack(source, internet.site.pageUrl('tone660'));
    const first = await source.resolve(track, { signal: signal() });
    const second = await source.resolve(track, { signal: signal(), fresh: true });
    expect(second.url).not.toBe(first.url);
    nowMs += 5.9 * 3_600_000;
    expect((await source.resolve(track, { signal: signal() })).url).toBe(second.url);
    nowMs += 0.1 * 3_600_000;
    const third = await source.resolve(track, { signal: signal() });
    expect(third.url).not.toBe(second.url);
    expect(internet.site.log.list('/watch/tone660')).toHaveLength(3);
  });

  test('is repeated for an address that is good for seconds only', async () => {
    const source = await open();
    const track = await loadTrack(source, internet.site.pageUrl('brief'));
    await source.resolve(track, { signal: signal() });
    expect(internet.site.log.list('/watch/brief')).toHaveLength(2);
  });

  test('is given up by one caller without taking it from the other', async () => {
    const source = await open();
    const abort = new AbortController();
    const url = internet.site.pageUrl('slow');
    const left = source.load(url, { signal: abort.signal });
    const stays = loadTrack(source, url);
    await expect.poll(() => internet.site.log.list('/watch/slow'), { timeout: 5_000 }).toHaveLength(1);
    abort.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    expect((await stays).title).toBe('Slow page');
    expect(internet.site.log.list('/watch/slow')).toHaveLength(1);
  });
});

describe('search', () => {
  test('words mean their first hit, ready to play', async () => {
    const source = await open();
    const track = await loadTrack(source, 'a small tune');
    expect(track).toMatchObject({ title: 'A Small Tune', channel: 'The Oscillators', viewCount: 1_234 });
    await source.resolve(track, { signal: signal() });
    expect(internet.site.log.list('/watch/tune')).toHaveLength(1);
  });

  test('words without a hit are an empty result', async () => {
    const source = await open();
    expect(await source.load('no such words anywhere', { signal: signal() })).toEqual({ type: 'empty' });
  });

  test('prefixes with a meaning to yt-dlp are words', async () => {
    const source = await open();
    expect(await source.load('tonesearch50:tune', { signal: signal() })).toEqual({ type: 'empty' });
    expect(internet.site.log.list('/search').map(({ path }) => path)).toEqual([
      '/search?q=tonesearch50%3Atune',
    ]);
  });
});

describe('a playlist', () => {
  test('has its name and its tracks, unresolved', async () => {
    const source = await open();
    const result = await source.load(internet.site.playlistUrl('three'), { signal: signal() });
    expect(result).toMatchObject({ type: 'playlist', name: 'Three Tones' });
    const tracks = await collect(result);
    expect(tracks.map(({ title }) => title)).toEqual(['440 Hz as webm', '660 Hz as webm', '880 Hz as ogg']);
    expect(tracks[1]).toMatchObject({ durationMs: 6_000, identifier: internet.site.pageUrl('tone660') });
    expect(internet.site.log.list('/watch/')).toEqual([]);
  });

  test('gives its first track while the rest is still being listed', async () => {
    const source = await open();
    const result = await source.load(internet.site.playlistUrl('held'), { signal: signal() });
    if (result.type !== 'playlist') throw new Error(result.type);
    const tracks = result.tracks[Symbol.asyncIterator]();
    expect((await tracks.next()).value).toMatchObject({ title: '440 Hz as webm' });
    await expect.poll(() => internet.site.log.list('page=2'), { timeout: 5_000 }).toHaveLength(1);
    expect(internet.site.log.list('page=3')).toEqual([]);
    internet.site.releasePages();
    let count = 1;
    while ((await tracks.next()).done !== true) count++;
    expect(count).toBe(250);
  });

  test('that is empty is an empty result', async () => {
    const source = await open();
    expect(await source.load(internet.site.playlistUrl('empty'), { signal: signal() })).toEqual({
      type: 'empty',
    });
  });

  test('is cut at the limit, in one process', async () => {
    const source = await open({ playlistLimit: 120 });
    const tracks = await collect(await source.load(internet.site.playlistUrl('huge'), { signal: signal() }));
    expect(tracks).toHaveLength(120);
    expect(internet.site.log.list('/playlist/').length).toBeLessThanOrEqual(3);
  });

  test('of five thousand is read whole without holding the event loop', { timeout: 120_000 }, async () => {
    const source = await open({ playlistLimit: 50_000, deadlineMs: 100_000 });
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const tracks = await collect(
      await source.load(internet.site.playlistUrl('huge'), { signal: AbortSignal.timeout(100_000) }),
    );
    delay.disable();
    expect(tracks).toHaveLength(5_000);
    expect(delay.percentile(99) / 1e6).toBeLessThan(50);
  });

  test('that nobody reads on is not read on', async () => {
    const source = await open();
    const idle = internet.children.size;
    const abort = new AbortController();
    const result = await source.load(internet.site.playlistUrl('huge'), { signal: abort.signal });
    expect(result.type).toBe('playlist');
    abort.abort(new Error('cleared'));
    await expect(collect(result)).rejects.toThrow('cleared');
    await expect.poll(() => internet.children.size, { timeout: 5_000 }).toBe(idle);
    expect(internet.site.log.list('page=50')).toEqual([]);
  });
});

describe('a failure of the site', () => {
  const causes: readonly (readonly [trackId: string, code: ErrorCode])[] = [
    ['private', 'TRACK_PRIVATE'],
    ['removed', 'TRACK_REMOVED'],
    ['terminated', 'TRACK_REMOVED'],
    ['unavailable', 'TRACK_UNAVAILABLE'],
    ['age', 'AGE_RESTRICTED'],
    ['bot-check', 'LOGIN_REQUIRED'],
    ['captcha', 'LOGIN_REQUIRED'],
    ['members', 'LOGIN_REQUIRED'],
    ['login', 'LOGIN_REQUIRED'],
    ['geo', 'GEO_BLOCKED'],
    ['blocked', 'GEO_BLOCKED'],
    ['limited', 'RATE_LIMITED'],
    ['premiere', 'TRACK_UNAVAILABLE'],
    ['drm', 'TRACK_UNAVAILABLE'],
    ['offline', 'TRACK_UNAVAILABLE'],
    ['broken', 'EXTRACTOR_BROKEN'],
    ['bug', 'EXTRACTOR_BROKEN'],
    ['no-js', 'JS_RUNTIME_MISSING'],
    ['page-429', 'RATE_LIMITED'],
    ['page-404', 'TRACK_REMOVED'],
    ['page-500', 'SOURCE_NETWORK'],
    ['live', 'LIVE_NOT_ALLOWED'],
    ['too-long', 'TRACK_TOO_LONG'],
  ];

  describe.each(WAYS)('%s', (_way, forks) => {
    let source: YtDlpSource;

    beforeAll(async () => {
      source = await internet.ytDlp({ forks });
    });

    afterAll(() => source.close());

    test.each(causes)('%s is told as %s', async (trackId, code) => {
      await expect(loadTrack(source, internet.site.pageUrl(trackId))).rejects.toMatchObject({ code });
    });
  });

  test('a page that never answers is given up at the deadline, and leaves no process', async () => {
    const alone = await open({ deadlineMs: 1_500 });
    const idle = internet.children.size;
    const loading = loadTrack(alone, internet.site.pageUrl('hanging'));
    await expect(loading).rejects.toMatchObject({ code: 'SOURCE_TIMEOUT', retryable: true });
    expect(internet.children.size).toBe(idle);
  });

  test('a site that is away is a network failure', async () => {
    const alone = await open({ proxyUrl: 'http://127.0.0.1:1' });
    await expect(loadTrack(alone, internet.site.pageUrl('tone440'))).rejects.toMatchObject({
      code: 'SOURCE_NETWORK',
    });
  });

  test.each([
    ['does not resolve', undefined, 'SOURCE_NETWORK'],
    ['resolves to the inside', '127.0.0.1', 'ADDRESS_NOT_ALLOWED'],
  ] as const)('an https site whose name %s is told as such', async (_what, address, code) => {
    const resolveHost = async () => {
      if (address === undefined) throw new Error('ENOTFOUND');
      return [{ address, family: 4 }];
    };
    await using guard = await EgressGuard.open({
      policy: new EgressPolicy({ isProduction: true, resolveHost }),
    });
    const alone = await open({ proxyUrl: guard.url, sites: SITES });
    await expect(loadTrack(alone, 'https://soundcloud.com/artist/track')).rejects.toMatchObject({ code });
  });

  test('an address the guard refuses is told as such, and is not reached', async () => {
    await using strict = await EgressGuard.open({ policy: new EgressPolicy({ isProduction: true }) });
    const alone = await open({ proxyUrl: strict.url });
    await expect(loadTrack(alone, internet.site.pageUrl('tone440'))).rejects.toMatchObject({
      code: 'ADDRESS_NOT_ALLOWED',
    });
    expect(internet.site.log.list()).toEqual([]);
  });
});

describe('what is done by itself about a failure', () => {
  const variants = ['tv', 'vr'].map((name) => ({ name, extractorArguments: `tonesite:client=${name}` }));
  const asked = (trackId: string) => internet.site.log.list(`/watch/${trackId}`).map(({ path }) => path);
  const opened = () => {
    const { site } = internet;
    return open({ sites: [{ extractors: site.extractors, hosts: [new URL(site.origin).host], variants }] });
  };

  test('the site is asked as another of its apps, and what that one gets is played', async () => {
    const failure = {
      kind: 'no_formats',
      text: 'Sign in to confirm you are not a bot',
      spares: 'vr',
    } as const;
    const track = { id: 'spared', title: 'Spared', durationMs: 6_000, formats: ['webm'] as const, failure };
    internet.site.addTrack({ ...track, sound: { type: 'tone', hz: 440 } });
    expect(await loadTrack(await opened(), internet.site.pageUrl('spared'))).toMatchObject({
      title: 'Spared',
    });
    expect(asked('spared')).toEqual(['/watch/spared', '/watch/spared?client=tv', '/watch/spared?client=vr']);
  });

  test('when no app of the site helps, the first failure is told, with what was tried', async () => {
    const loading = loadTrack(await opened(), internet.site.pageUrl('age'));
    await expect(loading).rejects.toMatchObject({
      code: 'AGE_RESTRICTED',
      details: { tried: 'usual, tv, vr' },
    });
  });

  test('a failure of the network is tried once more', async () => {
    const loading = loadTrack(await opened(), internet.site.pageUrl('page-500'));
    await expect(loading).rejects.toMatchObject({
      code: 'SOURCE_NETWORK',
      details: { tried: 'usual, usual' },
    });
  });

  test.each(['private', 'removed', 'geo', 'page-429'])('%s is not asked for twice', async (trackId) => {
    await expect(loadTrack(await opened(), internet.site.pageUrl(trackId))).rejects.toThrow('yt-dlp');
    expect(new Set(asked(trackId))).toEqual(new Set([`/watch/${trackId}`]));
  });
});

describe('a site that fails again and again', () => {
  test('is left in peace for a while, and the answer comes at once', async () => {
    let nowMs = 0;
    const source = await open({ breaker: { failures: 2, openMs: 30_000, now: () => nowMs } });
    const limited = internet.site.pageUrl('limited');
    for (const _ of [1, 2])
      await expect(loadTrack(source, limited)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    internet.site.log.clear();

    const refused = loadTrack(source, internet.site.pageUrl('tone440'));
    await expect(refused).rejects.toMatchObject({ code: 'RATE_LIMITED', details: { breaker: 'open' } });
    expect(internet.site.log.list()).toEqual([]);
    const site = new URL(internet.site.origin).host;
    expect(source.health()).toMatchObject([{ site, state: 'open', code: 'RATE_LIMITED', retryInMs: 30_000 }]);

    nowMs = 30_000;
    await loadTrack(source, internet.site.pageUrl('tone440'));
    expect(source.health()).toEqual([]);
  });

  test('tells nothing of itself by tracks that are private', async () => {
    const source = await open({ breaker: { failures: 2 } });
    for (const _ of [1, 2, 3]) {
      const loading = loadTrack(source, internet.site.pageUrl('private'));
      await expect(loading).rejects.toMatchObject({ code: 'TRACK_PRIVATE' });
    }
    expect(source.health()).toEqual([]);
  });
});

test('a live stream plays where it is allowed, under its own name', async () => {
  const source = await open({ liveAllowed: true });
  const track = await loadTrack(source, internet.site.pageUrl('live'));
  expect(track).toMatchObject({ title: 'Tone Radio', isLive: true, durationMs: undefined });
  expect(await source.resolve(track, { signal: signal() })).toMatchObject({ isLive: true, container: 'mp3' });
});

test('a site that offers HLS alone gives the playlist, which the player reads itself', async () => {
  const source = await open({ liveAllowed: true });
  const recorded = await loadTrack(source, internet.site.pageUrl('hls'));
  expect(await source.resolve(recorded, { signal: signal() })).toMatchObject({
    kind: 'hls',
    url: internet.site.hlsUrl('hls'),
    durationMs: 24_000,
    isLive: false,
  });
  const live = await loadTrack(source, internet.site.pageUrl('hls-live'));
  expect(live).toMatchObject({ title: 'Live in segments', isLive: true, durationMs: undefined });
  expect(await source.resolve(live, { signal: signal() })).toMatchObject({ kind: 'hls', isLive: true });
  expect(internet.site.log.list('/hls/')).toEqual([]);
});

test('a hostile title is one line, in reading order, of bounded length', async () => {
  const source = await open();
  const { title } = await loadTrack(source, internet.site.pageUrl('hostile-title'));
  expect(title).toHaveLength(500);
  expect(title).not.toMatch(/[\p{Cc}\u202e]/u);
});

test('two hanging extractions of one guild leave a slot for another', async () => {
  const source = await open();
  const abort = new AbortController();
  const options = { signal: abort.signal, share: 'guild-a' };
  const url = internet.site.pageUrl('hanging');
  const hanging = [url, `${url}?again`].map((query) =>
    source.load(query, options).catch((error: Error) => error.message),
  );
  const track = await source.load(internet.site.pageUrl('tone880'), { signal: signal(), share: 'guild-b' });
  expect(track.type).toBe('track');
  abort.abort(new Error('enough'));
  expect(await Promise.all(hanging)).toEqual(['enough', 'enough']);
});

test('plugins and other sites are refused in production', async () => {
  await expect(internet.ytDlp({ isProduction: true })).rejects.toThrow('production');
});
