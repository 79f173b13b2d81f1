import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AudioFixture, http, never, sha256, take } from '../../test/audio/audio-fixture.ts';
import { MediaFolder, packetHashes } from '../../test/audio/media-folder.ts';
import { MediaServer } from '../../test/audio/media-server.ts';

let folder: MediaFolder;
let audio: AudioFixture;
/** With limits short enough to be waited for, long enough for ffmpeg on a busy machine. */
let impatient: AudioFixture;
let webm: Buffer;
let webmPackets: string[];
let mp3: Buffer;

beforeAll(async () => {
  folder = await MediaFolder.create();
  audio = await AudioFixture.start({ limits: { maxMediaBytes: 4_000_000 } });
  impatient = await AudioFixture.start({
    limits: { firstFrameMs: 2_500, stallMs: 700, connectTimeoutMs: 500 },
  });
  const webmPath = await folder.tone('a.webm', ['-c:a', 'libopus', '-b:a', '128k'], { seconds: 60 });
  webm = await readFile(webmPath);
  webmPackets = await packetHashes(webmPath);
  mp3 = await readFile(await folder.tone('a.mp3', ['-b:a', '128k'], { seconds: 60 }));
}, 30_000);

afterAll(async () => {
  await audio[Symbol.asyncDispose]();
  await impatient[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

let server: MediaServer;
beforeEach(async () => {
  server = await MediaServer.start();
  return () => server[Symbol.asyncDispose]();
});

const durationMs = 60_000;

describe('a connection that is cut at 30 %', () => {
  test('is resumed by a range request for the same bytes: nothing is lost', async () => {
    const url = server.serve('/a.webm', webm, {
      cut: { afterBytes: webm.length * 0.3, times: 1, reset: true },
    });
    const playback = await audio.open(http(url, { durationMs }));
    const frames = await take(playback);
    await playback.close();
    expect(playback.status).toBe('ended');
    expect(frames.map(sha256)).toEqual(webmPackets);
    expect(server.requests[1]?.headers).toMatchObject({ 'if-range': '"1"' });
  });

  test('is resumed under ffmpeg as well', async () => {
    const url = server.serve('/a.mp3', mp3, { cut: { afterBytes: mp3.length * 0.3, times: 1 } });
    const playback = await audio.open(http(url, { durationMs }));
    const frames = await take(playback);
    await playback.close();
    expect(playback.status).toBe('ended');
    expect(Math.abs(frames.length - 3_000)).toBeLessThanOrEqual(1);
  });

  test.each([
    ['the server ignores ranges', { withoutRanges: true }, 'MEDIA_CUT'],
    ['the media changed meanwhile', { changing: true }, 'MEDIA_CUT'],
    ['the URL expired meanwhile', { status: { code: 403, afterRequests: 1 } }, 'MEDIA_REFUSED'],
    ['the URL is gone meanwhile', { status: { code: 410, afterRequests: 1 } }, 'MEDIA_REFUSED'],
    ['the server limits us meanwhile', { status: { code: 429, afterRequests: 1 } }, 'RATE_LIMITED'],
    ['the server fails meanwhile', { status: { code: 503, afterRequests: 1 } }, 'MEDIA_SERVER_FAILED'],
  ])('and cannot be resumed because %s is a failure at a known position', async (_title, faults, code) => {
    for (const [name, bytes] of [
      ['/a.webm', webm],
      ['/a.mp3', mp3],
    ] as const) {
      const url = server.serve(name, bytes, { cut: { afterBytes: bytes.length * 0.3, times: 9 }, ...faults });
      const playback = await audio.open(http(url, { durationMs }));
      const failed = once(playback, 'failed');
      const frames = await take(playback);
      expect(await failed).toMatchObject([{ code, retryable: true }]);
      expect(playback.failure).toMatchObject({ code });
      expect(playback.positionMs).toBe(frames.length * 20);
      expect(playback.positionMs / durationMs).toBeLessThan(0.31);
      expect(playback.positionMs / durationMs).toBeGreaterThan(0.2); // a break may swallow what was under way
      await playback.close();

      // The caller asks the source for a fresh URL and goes on where it was.
      const rest = await audio.open(http(server.serve(name, bytes), { durationMs }), {
        startAtMs: playback.positionMs,
      });
      const restFrames = await take(rest);
      expect(rest.status).toBe('ended');
      expect(Math.abs(frames.length + restFrames.length - 3_000)).toBeLessThanOrEqual(2);
      await rest.close();
    }
  });
});

describe('an answer that is no media', () => {
  test.each([
    [403, 'MEDIA_REFUSED'],
    [404, 'MEDIA_REFUSED'],
    [410, 'MEDIA_REFUSED'],
    [429, 'RATE_LIMITED'],
    [500, 'MEDIA_SERVER_FAILED'],
    [503, 'MEDIA_SERVER_FAILED'],
  ])('status %d fails the opening with %s', async (status, code) => {
    const url = server.serve('/a.webm', webm, { status: { code: status, afterRequests: 0 } });
    await expect(audio.open(http(url))).rejects.toMatchObject({ code, details: { status } });
  });

  test('nobody listening is a network failure', async () => {
    const { port } = server;
    await server[Symbol.asyncDispose]();
    const opening = audio.open(http(`http://127.0.0.1:${port}/a.webm`));
    await expect(opening).rejects.toMatchObject({
      code: 'SOURCE_NETWORK',
      details: { reason: 'ECONNREFUSED' },
    });
    server = await MediaServer.start();
  });

  test.each([
    ['never answers', { silent: true }],
    ['answers and sends no byte', { hangAfterBytes: 0 }],
  ])('a server that %s is told from one that is absent', async (_title, faults) => {
    const url = server.serve('/a.webm', webm, faults);
    await expect(impatient.open(http(url))).rejects.toMatchObject({ code: 'MEDIA_STALLED' });
  });
});

describe('a source that is too slow', () => {
  test.each([
    ['sends nothing more', { hangAfterBytes: 300_000 }],
    ['drips one byte at a time', { drip: { afterBytes: 300_000, everyMs: 100 } }],
  ])('%s: what came is played, then it has stalled', async (_title, faults) => {
    for (const [name, bytes] of [
      ['/a.webm', webm],
      ['/a.mp3', mp3],
    ] as const) {
      const playback = await impatient.open(http(server.serve(name, bytes, faults), { durationMs }));
      const frames = await take(playback);
      expect(playback.failure).toMatchObject({ code: 'MEDIA_STALLED', retryable: true });
      expect(frames.length).toBeGreaterThan(500);
      await playback.close();
    }
  });

  test('drips from the first byte on: the first frame has a deadline of its own', async () => {
    const url = server.serve('/a.mp3', mp3, { drip: { afterBytes: 600, everyMs: 50 } });
    const playback = await impatient.open(http(url));
    await expect(playback.ready(1)).rejects.toMatchObject({ code: 'MEDIA_STALLED' });
    expect(await take(playback)).toEqual([]);
    await playback.close();
  });

  test('a listener who pauses longer than the limit is no reason to give up', async () => {
    const playback = await impatient.open(http(server.serve('/a.webm', webm), { durationMs }));
    await playback.ready(50);
    // Longer than the limit, on the watch of another playback that really stalls.
    const url = server.serve('/slow.mp3', mp3, { hangAfterBytes: 600 });
    const stalled = await impatient.open(http(url));
    await expect(stalled.ready(1)).rejects.toMatchObject({ code: 'MEDIA_STALLED' });
    await stalled.close();
    expect((await take(playback)).length).toBe(webmPackets.length);
    expect(playback.status).toBe('ended');
    await playback.close();
  });
});

describe('a request', () => {
  test('carries the headers of the media, but none that are ours to set', async () => {
    const headers = {
      'User-Agent': 'Test/1',
      Cookie: 'a=b',
      Host: 'elsewhere',
      Range: 'bytes=5-',
      Connection: 'close',
    };
    const playback = await audio.open(http(server.serve('/a.webm', webm), { headers }));
    await take(playback, 10);
    await playback.close();
    expect(server.requests[0]?.headers).toMatchObject({
      'user-agent': 'Test/1',
      cookie: 'a=b',
      host: `127.0.0.1:${server.port}`,
      range: 'bytes=0-',
      'accept-encoding': 'identity',
    });
  });

  test('follows a redirect, and leaves cookies behind when it leads to another host', async () => {
    await using other = await MediaServer.start();
    const target = other.serve('/b.webm', webm);
    const url = server.serve('/a.webm', webm, { redirectTo: target });
    const playback = await audio.open(http(url, { headers: { cookie: 'secret=1' } }));
    await take(playback, 10);
    await playback.close();
    expect(other.requests[0]?.headers.cookie).toBeUndefined();
  });

  test('gives up on a redirect that leads in a circle', async () => {
    const url = server.serve('/loop', webm, { redirectTo: '/loop' });
    await expect(audio.open(http(url))).rejects.toMatchObject({ code: 'SOURCE_NETWORK' });
    expect(server.requests.length).toBeLessThan(10);
  });

  test('of a media that says it is larger than allowed is not read', async () => {
    const url = server.serve('/big.webm', Buffer.concat([webm, Buffer.alloc(5_000_000)]));
    await expect(audio.open(http(url))).rejects.toMatchObject({ code: 'MEDIA_TOO_LARGE' });
  });

  test('of an endless media ends at the limit', async () => {
    const endless = Buffer.concat(Array(10).fill(mp3));
    const url = server.serve('/endless.mp3', endless, { withoutLength: true, withoutRanges: true });
    const playback = await audio.open(http(url));
    await take(playback);
    expect(playback.failure).toMatchObject({ code: 'MEDIA_TOO_LARGE' });
    await playback.close();
  });
});

test('closing in the middle leaves no connection behind', async () => {
  const playbacks = await Promise.all(
    [webm, mp3].map((bytes, i) =>
      audio.open(http(server.serve(`/${i}`, bytes, { hangAfterBytes: 400_000 }))),
    ),
  );
  await Promise.all(playbacks.map((playback) => playback.ready(20)));
  await Promise.all(playbacks.map((playback) => playback.close()));
  await expect.poll(() => server.openConnections).toBe(0);
  expect(audio.engine.size).toBe(0);
});

test('an abort while opening ends the request', async () => {
  const abort = new AbortController();
  const opening = audio.open(http(server.serve('/a', webm, { hangAfterBytes: 0 })), { signal: abort.signal });
  await expect.poll(() => server.requests.length).toBe(1);
  abort.abort(new Error('replaced'));
  await expect(opening).rejects.toThrow('replaced');
  await expect.poll(() => server.openConnections).toBe(0);
  await expect.poll(() => audio.engine.size).toBe(0);
});

test('an abort after opening ends nothing', async () => {
  const abort = new AbortController();
  const playback = await audio.open(http(server.serve('/a', webm)), { signal: abort.signal });
  abort.abort();
  expect((await take(playback)).length).toBe(webmPackets.length);
  await playback.close();
  await expect(audio.open(http('http://127.0.0.1:1/'), { signal: abort.signal })).rejects.toThrow('aborted');
  expect(never().aborted).toBe(false);
});
