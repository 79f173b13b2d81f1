import { createCipheriv } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pitchHz } from '@bandstand/test-support';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AudioFixture, between, hear, take } from '../../../test/audio/audio-fixture.ts';
import { MediaFolder } from '../../../test/audio/media-folder.ts';
import { MediaServer } from '../../../test/audio/media-server.ts';
import type { HlsMedia } from '../media.ts';

/** 440 Hz for 13 s, then 880 Hz; 24 s in all. */
const TWO_TONES = 'aevalsrc=exprs=0.251*sin(2*PI*440*t*(1+gte(t\\,13))):duration=24:sample_rate=48000';
const PACKINGS: Readonly<Record<string, readonly string[]>> = {
  'MPEG-TS': ['-c:a', 'aac', '-hls_segment_type', 'mpegts'],
  'fragmented MP4': ['-c:a', 'aac', '-hls_segment_type', 'fmp4'],
  'Opus in fragmented MP4': ['-c:a', 'libopus', '-strict', '-2', '-hls_segment_type', 'fmp4'],
  'one file by byte ranges': ['-c:a', 'aac', '-hls_flags', 'single_file'],
  'MPEG-TS with video': [
    ...['-f', 'lavfi', '-i', 'testsrc=size=160x90:rate=5:duration=24', '-map', '0:a', '-map', '1:v'],
    ...['-c:v', 'libx264', '-g', '10', '-preset', 'ultrafast', '-c:a', 'aac'],
  ],
};

let folder: MediaFolder;
let audio: AudioFixture;
let server: MediaServer;

beforeAll(async () => {
  folder = await MediaFolder.create();
  audio = await AudioFixture.start({ limits: { firstFrameMs: 10_000, stallMs: 4_000 } });
});

afterAll(async () => {
  await audio[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

beforeEach(async () => {
  server = await MediaServer.start();
  return () => server[Symbol.asyncDispose]();
});

/** Cuts the two tones into segments of 4 s with ffmpeg and serves them. @returns the address of the playlist. */
async function segmented(packing: string): Promise<string> {
  const name = packing.replaceAll(' ', '-');
  const hls = ['-f', 'hls', '-hls_time', '4', '-hls_playlist_type', 'vod'];
  const parts = ['-hls_segment_filename', join(folder.path, `${name}-%d.seg`)];
  const init = ['-hls_fmp4_init_filename', `${name}-init.mp4`];
  const arguments_ = packing === 'one file by byte ranges' ? [...hls, ...init] : [...hls, ...parts, ...init];
  await folder.make(`${name}.m3u8`, [
    '-f',
    'lavfi',
    '-i',
    TWO_TONES,
    ...(PACKINGS[packing] ?? []),
    ...arguments_,
  ]);
  for (const file of await readdir(folder.path)) {
    if (file.startsWith(name)) server.serve(`/${file}`, await readFile(join(folder.path, file)));
  }
  return `http://127.0.0.1:${server.port}/${name}.m3u8`;
}

function hls(url: string, traits: Partial<HlsMedia> = {}): HlsMedia {
  return { kind: 'hls', url, headers: {}, isLive: false, durationMs: 24_000, ...traits };
}

function playlist(path: string, ...lines: readonly string[]): string {
  return server.serve(path, Buffer.from(['#EXTM3U', '#EXT-X-VERSION:3', ...lines].join('\n')));
}

function requested(): string[] {
  return server.requests.map(({ path }) => basename(path));
}

describe.each(Object.keys(PACKINGS))('HLS as %s', (packing) => {
  test('is heard from beginning to end', async () => {
    await using playback = disposable(await audio.open(hls(await segmented(packing))));
    const heard = hear(await take(playback.value));
    expect(playback.value.failure).toBeUndefined();
    expect(Math.abs(heard.length / 48 - 24_000)).toBeLessThanOrEqual(80);
    expect(pitchHz(between(heard, 11_000, 12_000), 48_000, [300, 1_000])).toBeCloseTo(440, 0);
    expect(pitchHz(between(heard, 14_000, 15_000), 48_000, [300, 1_000])).toBeCloseTo(880, 0);
  });

  test('begins at a position with the segment that holds it, to a frame or two', async () => {
    const url = await segmented(packing);
    await using playback = disposable(await audio.open(hls(url), { startAtMs: 9_500 }));
    const heard = hear(await take(playback.value));
    expect(Math.abs(heard.length / 48 - 14_500)).toBeLessThanOrEqual(80);
    expect(Math.abs(changeMs(heard) - 3_500)).toBeLessThanOrEqual(80);
    if (packing === 'one file by byte ranges') return;
    const segments = requested().filter((name) => name.endsWith('.seg'));
    expect(segments[0]).toMatch(/-2\.seg$/);
    expect(segments.length).toBe(new Set(segments).size);
  });
});

test('segments under AES-128 are decrypted, with the initial vector given or implied', async () => {
  const key = Buffer.from('0123456789abcdef');
  server.serve('/key.bin', key);
  await segmented('MPEG-TS');
  const lines = [
    '#EXT-X-TARGETDURATION:4',
    '#EXT-X-MEDIA-SEQUENCE:7',
    '#EXT-X-KEY:METHOD=AES-128,URI="key.bin"',
  ];
  for (const index of [0, 1, 2, 3, 4, 5]) {
    const iv = Buffer.alloc(16);
    iv.writeUInt32BE(index + 7, 12);
    const cipher = createCipheriv('aes-128-cbc', key, iv);
    const clear = await readFile(join(folder.path, `MPEG-TS-${index}.seg`));
    server.serve(`/locked-${index}.ts`, Buffer.concat([cipher.update(clear), cipher.final()]));
    lines.push('#EXTINF:4,', `locked-${index}.ts`);
  }
  const url = playlist('/locked.m3u8', ...lines, '#EXT-X-ENDLIST');
  await using playback = disposable(await audio.open(hls(url)));
  const heard = hear(await take(playback.value));
  expect(Math.abs(heard.length / 48 - 24_000)).toBeLessThanOrEqual(80);
  expect(Math.abs(changeMs(heard) - 13_000)).toBeLessThanOrEqual(80);
  expect(requested().filter((name) => name === 'key.bin')).toHaveLength(1);
});

test('a playlist of playlists leads to the sound that costs least; addresses count from where a redirect led', async () => {
  const target = await segmented('MPEG-TS');
  server.serve('/moved/here.m3u8', Buffer.alloc(0), { redirectTo: target });
  const url = playlist(
    '/master.m3u8',
    '#EXT-X-STREAM-INF:BANDWIDTH=6000000,CODECS="avc1.4d401f,mp4a.40.2",RESOLUTION=1920x1080',
    'video.m3u8',
    '#EXT-X-STREAM-INF:BANDWIDTH=128000,CODECS="mp4a.40.2"',
    'moved/here.m3u8',
  );
  await using playback = disposable(await audio.open(hls(url)));
  expect(hear(await take(playback.value)).length / 48_000).toBeCloseTo(24, 0);
  expect(requested()).not.toContain('video.m3u8');
});

test('a live stream begins three segments before its newest and follows it to its end', async () => {
  await segmented('MPEG-TS');
  const show = (from: number, to: number, ...end: readonly string[]) => {
    const names = [0, 1, 2, 3, 4, 5].slice(from, to);
    const segments = names.flatMap((index) => ['#EXTINF:4,', `MPEG-TS-${index}.seg`]);
    const head = ['#EXT-X-TARGETDURATION:2', `#EXT-X-MEDIA-SEQUENCE:${from}`];
    return playlist('/live.m3u8', ...head, ...segments, ...end);
  };
  const url = show(0, 4);
  const traits = { isLive: true, durationMs: undefined };
  await using playback = disposable(await audio.open(hls(url, traits)));
  const frames = take(playback.value);
  await expect
    .poll(() => requested().filter((name) => name === 'live.m3u8'), { timeout: 5_000 })
    .toHaveLength(2);
  show(2, 6, '#EXT-X-ENDLIST');
  const heard = hear(await frames);
  expect(playback.value.failure).toBeUndefined();
  expect(Math.abs(heard.length / 48 - 20_000)).toBeLessThanOrEqual(100);
  expect(requested().filter((name) => name.endsWith('.seg'))).toEqual(
    [1, 2, 3, 4, 5].map((index) => `MPEG-TS-${index}.seg`),
  );
});

describe('a hostile playlist', () => {
  const media = ['#EXT-X-TARGETDURATION:4', '#EXTINF:4,'];

  test.each([
    ['names itself as a segment', [...media, '/p.m3u8', '#EXT-X-ENDLIST'], 2],
    ['names itself as a variant', ['#EXT-X-STREAM-INF:BANDWIDTH=1', '/p.m3u8'], 2],
    ['names a file', [...media, 'file:///etc/passwd', '#EXT-X-ENDLIST'], 1],
    ['names another protocol', [...media, 'rtmp://127.0.0.1/x', '#EXT-X-ENDLIST'], 1],
    ['hides a login in an address', [...media, 'http://user:word@127.0.0.1/x', '#EXT-X-ENDLIST'], 1],
    ['wants a licence', ['#EXT-X-KEY:METHOD=SAMPLE-AES,URI="k"', ...media, 'a.ts', '#EXT-X-ENDLIST'], 1],
    [
      'has twenty thousand segments and one more',
      [media[0] ?? '', ...Array(20_001).fill('#EXTINF:4,\na.ts')],
      1,
    ],
  ])('that %s ends at once as unsupported', async (_title, lines, requests) => {
    const opening = audio.open(hls(playlist('/p.m3u8', ...lines)));
    await expect(opening).rejects.toMatchObject({ code: 'MEDIA_UNSUPPORTED' });
    expect(server.requests).toHaveLength(requests);
  });

  test('that never ends and never grows is a stall, not an endless wait', async () => {
    await segmented('MPEG-TS');
    const url = playlist('/live.m3u8', '#EXT-X-TARGETDURATION:1', '#EXTINF:4,', 'MPEG-TS-0.seg');
    await using playback = disposable(await audio.open(hls(url, { isLive: true, durationMs: undefined })));
    await take(playback.value);
    expect(playback.value.failure).toMatchObject({ code: 'MEDIA_STALLED' });
    expect(server.requests.length).toBeLessThan(12);
  });

  test('that is a list of stations, not HLS, is unsupported', async () => {
    const opening = audio.open(hls(playlist('/radio.m3u8', '#EXTINF:-1,Radio', 'http://radio.example/')));
    await expect(opening).rejects.toMatchObject({ code: 'MEDIA_UNSUPPORTED' });
  });
});

/** When 440 Hz become 880 Hz, in milliseconds. */
function changeMs(heard: Float64Array): number {
  for (let atMs = 0; atMs + 60 < heard.length / 48; atMs += 20) {
    if (pitchHz(between(heard, atMs, atMs + 60), 48_000, [300, 1_000]) > 860) return atMs;
  }
  return Number.NaN;
}

function disposable<T extends { close(): Promise<void> }>(value: T): AsyncDisposable & { readonly value: T } {
  return { value, [Symbol.asyncDispose]: () => value.close() };
}
