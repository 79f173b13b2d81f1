import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { atVolume, file, hear, http, sha256, take } from '../../test/audio/audio-fixture.ts';
import { audioSuite } from '../../test/audio/audio-suite.ts';
import { packetHashes } from '../../test/audio/media-folder.ts';
import { MediaServer } from '../../test/audio/media-server.ts';

const suite = audioSuite();

const SECONDS = 60;
const OPUS = ['-c:a', 'libopus', '-b:a', '96k'];

/** A tone that begins at every half second and ends at every whole one. */
async function beeps(name: string, args: readonly string[]): Promise<string> {
  const source = `aevalsrc=0.5*sin(2*PI*1000*t)*gt(mod(t\\,1)\\,0.5):d=${SECONDS}:s=48000`;
  return suite.folder.make(name, ['-f', 'lavfi', '-i', source, ...args]);
}

const LONG_SECONDS = 1_800;
const AAC = ['-c:a', 'aac', '-b:a', '400k'];

/** Half an hour, so that reading through it would be seen: ten seconds again and again. */
async function longNoise(name: string, args: readonly string[]): Promise<string> {
  const noise = 'anoisesrc=d=10:r=48000:a=0.3:seed=1';
  const part = await suite.folder.make(`part-${name}`, ['-f', 'lavfi', '-i', noise, '-ac', '2', ...args]);
  const loops = String(LONG_SECONDS / 10 - 1);
  return suite.folder.make(name, ['-stream_loop', loops, '-i', part, ...args, '-c:a', 'copy']);
}

/** How late the beep that should begin 200 ms in is heard, in milliseconds. */
function latenessMs(heard: Float64Array): number {
  return heard.findIndex((sample) => Math.abs(sample) > 0.15) / 48 - 200;
}

describe('beginning in the middle', () => {
  test.each([
    ['WebM/Opus', 'a.webm', OPUS, 20],
    ['Ogg/Opus', 'a.ogg', OPUS, 20],
    ['AAC in MP4', 'a.m4a', ['-c:a', 'aac'], 2],
    ['FLAC', 'a.flac', [], 2],
    ['WAV', 'a.wav', [], 2],
    ['Vorbis', 'v.ogg', ['-c:a', 'libvorbis'], 2],
    ['MP3 of constant bit rate', 'cbr.mp3', ['-b:a', '128k'], 30],
    ['MP3 of variable bit rate', 'vbr.mp3', ['-q:a', '4'], 500],
  ] as [string, string, string[], number][])(
    '%s is right within its bound',
    async (_title, name, args, boundMs) => {
      const path = await beeps(name, args);
      const playback = await suite.audio.open(file(path, { durationMs: SECONDS * 1_000 }), {
        startAtMs: 47_300,
      });
      const frames = await take(playback);
      await playback.close();

      expect(playback.failure).toBeUndefined();
      expect(Math.abs(latenessMs(hear(frames)))).toBeLessThanOrEqual(boundMs);
      expect(Math.abs(frames.length - 635)).toBeLessThanOrEqual(1 + boundMs / 20);
      expect(playback.positionMs).toBe(47_300 + frames.length * 20);
    },
  );

  test.each([
    ['WebM', 'p.webm'],
    ['Ogg', 'p.ogg'],
  ])('%s stays passthrough: the packets are those of the source', async (_title, name) => {
    const path = await beeps(name, OPUS);
    const playback = await suite.audio.open(file(path), { startAtMs: 30_000 });
    const frames = (await take(playback)).map(sha256);
    await playback.close();
    const source = await packetHashes(path);
    expect(playback.route).toBe('passthrough');
    expect(frames).toEqual(source.slice(1_500));
  });

  test.each([
    ['MP4 with its index in front', 'front.m4a', [...AAC, '-movflags', 'faststart']],
    ['MP4 with its index behind', 'behind.m4a', AAC],
    ['MP3', 'long.mp3', ['-c:a', 'libmp3lame', '-b:a', '320k']],
    ['FLAC', 'long.flac', ['-c:a', 'flac']],
  ] as [string, string, string[]][])(
    'over HTTP ffmpeg reads around the position instead of up to it: %s',
    async (_title, name, args) => {
      await using server = await MediaServer.start();
      const bytes = await readFile(await longNoise(name, args));
      const startAtMs = LONG_SECONDS * 900;
      const playback = await suite.audio.open(http(server.serve(`/${name}`, bytes)), { startAtMs });
      await take(playback, 30);
      await playback.close();
      const offsets = server.requests.map(({ headers }) => Number(/\d+/.exec(headers.range ?? '')?.[0]));
      expect(Math.max(...offsets)).toBeGreaterThan(bytes.length * 0.85);
      expect(server.requests.length).toBeLessThanOrEqual(12);
      // Most of it lay in the buffers of closed connections: each holds megabytes on loopback.
      expect(server.sentBytes).toBeLessThan(bytes.length * 0.6);
    },
    30_000,
  );

  test('a server without ranges is read through to the position', async () => {
    await using server = await MediaServer.start();
    const bytes = await readFile(await beeps('noranges.mp3', ['-b:a', '128k']));
    const url = server.serve('/a.mp3', bytes, { withoutRanges: true });
    const playback = await suite.audio.open(http(url), { startAtMs: 47_300 });
    const heard = hear(await take(playback, 30));
    await playback.close();
    expect(Math.abs(latenessMs(heard))).toBeLessThanOrEqual(30);
  });

  test.each([
    ['WebM', 'resumed.webm'],
    ['Ogg', 'resumed.ogg'],
  ])('%s that is opened again where it was left goes on with the very next packet', async (_title, name) => {
    const path = await beeps(name, OPUS);
    const source = await packetHashes(path);
    const first = await suite.audio.open(file(path));
    const heard = (await take(first, 1_234)).map(sha256);
    const { positionMs } = first;
    await first.close();
    const second = await suite.audio.open(file(path), { startAtMs: positionMs });
    const rest = (await take(second)).map(sha256);
    await second.close();
    expect([...heard, ...rest]).toEqual(source);
  });

  test('a volume other than 100 % holds from the first frame on', async () => {
    const path = await beeps('volume.webm', OPUS);
    const playback = await suite.audio.open(file(path), { startAtMs: 47_300, sound: atVolume(50) });
    const heard = hear(await take(playback, 30));
    await playback.close();
    expect(Math.max(...heard)).toBeCloseTo(0.25, 1);
  });
});

test('a live stream that is opened again begins where it is now, and its position goes on counting', async () => {
  const path = await beeps('live.ogg', OPUS);
  const fromStart = await suite.audio.open(file(path, { isLive: true }));
  const again = await suite.audio.open(file(path, { isLive: true }), { startAtMs: 33_000 });
  expect((await take(again, 10)).map(sha256)).toEqual((await take(fromStart, 10)).map(sha256));
  expect(again.positionMs).toBe(33_200);
  await again.close();
  await fromStart.close();
});
