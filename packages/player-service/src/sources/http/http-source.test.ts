import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ErrorCode } from '@bandstand/protocol';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Media } from '../../audio/media.ts';
import { EgressPolicy } from '../egress-guard/egress-policy.ts';
import { Ffprobe } from '../inspect/ffprobe.ts';
import { LocalInternet } from '../local-internet.ts';
import type { Track } from '../source.ts';
import { describeSource } from '../source-conformance.ts';
import { HttpSource, type HttpSourceOptions } from './http-source.ts';

function httpSource(
  { children, guard, policy }: LocalInternet,
  options: Partial<HttpSourceOptions> = {},
): HttpSource {
  const probe = new Ffprobe({ children, program: 'ffprobe', proxyUrl: guard.url });
  return new HttpSource({ policy, probe, maxTrackMs: 3_600_000, liveAllowed: false, ...options });
}

async function read(media: Media): Promise<Buffer> {
  if (media.kind !== 'http') throw new Error('expected media over http');
  const { body } = await request(media.url, { headers: media.headers });
  return Buffer.from(await body.arrayBuffer());
}

describeSource('direct media over HTTP', async () => {
  const internet = await LocalInternet.start();
  const { site, children } = internet;
  const open = () => site.log.list('/fault-hang/').filter(({ closed }) => !closed).length;
  return {
    source: httpSource(internet),
    playable: { query: site.mediaUrl('tone440'), title: '440 Hz as webm', durationMs: 6_000 },
    foreign: ['some words', 'albums/one.flac', 'ftp://a.example/x', ''],
    failing: [
      { query: `${site.mediaOrigin}/media/none/webm/none.webm`, code: 'TRACK_REMOVED' },
      { query: 'http://10.0.0.1/x.mp3', code: 'ADDRESS_NOT_ALLOWED' },
      { query: 'some words', code: 'UNSUPPORTED_URL' },
      { query: 'http://user:pass@a.example/x', code: 'QUERY_INVALID' },
    ],
    hanging: site.mediaUrl('fault-hang'),
    inUse: () => children.size + open(),
    read,
    [Symbol.asyncDispose]: () => internet[Symbol.asyncDispose](),
  };
});

let internet: LocalInternet;
const signal = () => AbortSignal.timeout(18_000);

beforeAll(async () => {
  internet = await LocalInternet.start();
});

afterAll(() => internet[Symbol.asyncDispose]());

function open(options: Partial<HttpSourceOptions> = {}): HttpSource {
  const source = httpSource(internet, options);
  onTestFinished(() => source.close());
  internet.site.log.clear();
  return source;
}

async function loadTrack(source: HttpSource, url: string): Promise<Track> {
  const result = await source.load(url, { signal: signal() });
  if (result.type !== 'track') throw new Error(result.type);
  return result.track;
}

describe('a link to an HLS playlist', () => {
  test('is a track of the length of its segments', async () => {
    const source = open();
    const track = await loadTrack(source, internet.site.hlsUrl('hls'));
    expect(track).toMatchObject({ source: 'http', durationMs: 24_000, isLive: false });
    expect(await source.resolve(track, { signal: signal() })).toMatchObject({
      kind: 'hls',
      durationMs: 24_000,
    });
  });

  test('without an end is a live stream', async () => {
    const url = internet.site.hlsUrl('hls-live');
    const track = await loadTrack(open({ liveAllowed: true }), url);
    expect(track).toMatchObject({ isLive: true, durationMs: undefined });
    await expect(loadTrack(open(), url)).rejects.toMatchObject({ code: 'LIVE_NOT_ALLOWED' });
  });

  test('that is too long is refused before it plays', async () => {
    const opening = loadTrack(open({ maxTrackMs: 10_000 }), internet.site.hlsUrl('hls'));
    await expect(opening).rejects.toMatchObject({ code: 'TRACK_TOO_LONG' });
  });

  test('that leads inside is refused without a request', async () => {
    const url = 'http://169.254.169.254/latest/index.m3u8';
    const hls = { type: 'names', as: 'variant', url } as const;
    const inside = { id: 'hls-inside', title: 'Inside', durationMs: 6_000, formats: ['ts'] as const, hls };
    internet.site.addTrack({ ...inside, sound: { type: 'tone', hz: 440 } });
    const opening = loadTrack(open(), internet.site.hlsUrl('hls-inside'));
    await expect(opening).rejects.toMatchObject({ code: 'ADDRESS_NOT_ALLOWED' });
  });
});

test.each([
  ['tone440', 'webm', 'webm', 'opus'],
  ['tone880', 'ogg', 'ogg', 'opus'],
  ['as-m4a', 'm4a', 'mp4', undefined],
  ['as-mp4', 'mp4', 'mp4', undefined],
  ['as-mp3', 'mp3', 'mp3', 'mp3'],
  ['as-aac', 'aac', 'adts', 'aac'],
  ['as-flac', 'flac', 'flac', 'flac'],
  ['as-wav', 'wav', 'wav', 'pcm'],
  ['as-mono44', 'mono44', 'wav', 'pcm'],
] as const)('%s is known by its bytes, with its length', async (trackId, format, container, codec) => {
  const source = open();
  const track = await loadTrack(source, internet.site.mediaUrl(trackId, format));
  expect(track.durationMs).toBeGreaterThan(5_700);
  expect(track.durationMs).toBeLessThan(6_300);
  expect(await source.resolve(track, { signal: signal() })).toMatchObject({
    container,
    codec,
    isLive: false,
  });
});

test('the address found by a load is used by the play that follows, and found anew when it was refused', async () => {
  const source = open();
  const track = await loadTrack(source, internet.site.mediaUrl('tone440'));
  const before = internet.site.log.list().length;
  await source.resolve(track, { signal: signal() });
  expect(internet.site.log.list()).toHaveLength(before);
  await source.resolve(track, { signal: signal(), fresh: true });
  expect(internet.site.log.list().length).toBeGreaterThan(before);
});

describe('what a server does wrong', () => {
  const causes: readonly (readonly [trackId: string, code: ErrorCode])[] = [
    ['fault-html', 'MEDIA_UNSUPPORTED'],
    ['fault-zeros', 'MEDIA_UNSUPPORTED'],
    ['fault-huge', 'MEDIA_TOO_LARGE'],
    ['fault-status-403', 'MEDIA_REFUSED'],
    ['fault-status-404', 'TRACK_REMOVED'],
    ['fault-status-429', 'RATE_LIMITED'],
    ['fault-status-500', 'SOURCE_NETWORK'],
    ['fault-redirects', 'SOURCE_NETWORK'],
    ['fault-redirect-inside', 'ADDRESS_NOT_ALLOWED'],
    ['live', 'LIVE_NOT_ALLOWED'],
  ];
  test.each(causes)('%s is told as %s', async (trackId, code) => {
    await expect(loadTrack(open(), internet.site.mediaUrl(trackId))).rejects.toMatchObject({ code });
  });

  test.each(['reset', '503'])('a first request that ends in a %s gets a second chance', async (first) => {
    let requests = 0;
    const server = createServer((incoming, response) => {
      if (++requests > 1) response.writeHead(302, { location: internet.site.mediaUrl('tone440') }).end();
      else if (first === 'reset') incoming.socket.resetAndDestroy();
      else response.writeHead(503).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close().closeAllConnections());
    const { port } = server.address() as AddressInfo;
    const allowedForTests = [...internet.site.hosts, `127.0.0.1:${port}`];
    const source = open({ policy: new EgressPolicy({ isProduction: false, allowedForTests }) });
    const track = await loadTrack(source, `http://127.0.0.1:${port}/song`);
    expect(track.durationMs).toBeGreaterThan(5_900);
    expect(requests).toBe(2);
  });

  test('a server that is away is a network failure', async () => {
    const policy = new EgressPolicy({ isProduction: false, allowedForTests: ['127.0.0.1:1'] });
    await expect(loadTrack(open({ policy }), 'http://127.0.0.1:1/x.mp3')).rejects.toMatchObject({
      code: 'SOURCE_NETWORK',
    });
  });

  test.each([
    ['fault-drip', 'MEDIA_STALLED'],
    ['fault-hang', 'SOURCE_TIMEOUT'],
  ] as const)('%s is given up at the deadline as %s', async (trackId, code) => {
    await internet.site.prepare(trackId);
    const source = open({ deadlineMs: 700 });
    await expect(loadTrack(source, internet.site.mediaUrl(trackId))).rejects.toMatchObject({ code });
  });

  test('a server that ignores ranges is read no further than needed', async () => {
    const track = await loadTrack(open(), internet.site.mediaUrl('fault-no-range'));
    expect(track.durationMs).toBeGreaterThan(5_900);
  });

  test('longer than allowed is told as such', async () => {
    const loading = loadTrack(open({ maxTrackMs: 5_000 }), internet.site.mediaUrl('tone440'));
    await expect(loading).rejects.toMatchObject({ code: 'TRACK_TOO_LONG' });
  });
});

test('a station plays where live is allowed, under the name it gives itself', async () => {
  const source = open({ liveAllowed: true });
  const track = await loadTrack(source, internet.site.mediaUrl('live'));
  expect(track).toMatchObject({ title: 'Tone Radio', isLive: true, durationMs: undefined });
});

describe('the title', () => {
  /** A sound file without tags, sent with the headers under test. */
  async function serve(headers: Record<string, string>, path: string): Promise<string> {
    const wav = Buffer.alloc(44 + 48_000);
    wav.write('RIFF\xff\xff\xff\xffWAVEfmt ', 0, 'latin1');
    const listener: RequestListener = (_request, response) => {
      response.writeHead(200, { 'content-length': wav.length, ...headers }).end(wav);
    };
    const server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    onTestFinished(() => void server.close().closeAllConnections());
    const policy = new EgressPolicy({ isProduction: false, allowedForTests: [`127.0.0.1:${port}`] });
    return (await loadTrack(open({ policy }), `http://127.0.0.1:${port}${path}`)).title;
  }

  test.each([
    [{}, '/music/My_First%20Song.wav', 'My First Song'],
    [{}, '/%E0%A4%A', '%E0%A4%A'],
    [{}, '/', '127.0.0.1'],
    [{ 'content-disposition': 'attachment; filename="Other Song.wav"' }, '/x', 'Other Song'],
    [{ 'content-disposition': "attachment; filename=x.wav; filename*=UTF-8''%C3%84pfel.wav" }, '/x', 'Äpfel'],
    [{ 'content-disposition': 'attachment; filename="../../etc/passwd"' }, '/x', 'passwd'],
  ])('with %j at %s is %s', async (headers, path, title) => {
    expect(await serve(headers, path)).toBe(title);
  });
});
