import { once } from 'node:events';
import { kill, memoryUsage } from 'node:process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  AudioFixture,
  ffmpegChildren,
  file,
  sha256,
  take,
  takeInRealTime,
} from '../../test/audio/audio-fixture.ts';
import { MediaFolder, packetHashes } from '../../test/audio/media-folder.ts';

let folder: MediaFolder;
let mp3: string;
let webm: string;

beforeAll(async () => {
  folder = await MediaFolder.create();
  mp3 = await folder.tone('a.mp3', ['-b:a', '128k'], { seconds: 60 });
  webm = await folder.tone('a.webm', ['-c:a', 'libopus'], { seconds: 60 });
}, 30_000);

afterAll(() => folder[Symbol.asyncDispose]());

test('ffmpeg killed from outside fails its own playback at a known position, and no other', async () => {
  await using audio = await AudioFixture.start();
  const doomed = await audio.open(file(mp3, { durationMs: 60_000 }));
  await doomed.ready(50);
  const [pid = 0] = await ffmpegChildren();
  const other = await audio.open(file(mp3, { durationMs: 60_000 }));
  const untouched = await audio.open(file(webm));
  await other.ready(50);

  kill(pid, 'SIGKILL');
  const frames = await take(doomed);
  expect(doomed.failure).toMatchObject({ code: 'DECODER_FAILED', retryable: true });
  expect(doomed.positionMs).toBe(frames.length * 20);
  expect(frames.length).toBeLessThan(500);

  expect(Math.abs((await take(other)).length - 3_000)).toBeLessThanOrEqual(1);
  expect((await take(untouched)).map(sha256)).toEqual(await packetHashes(webm));
  await Promise.all([doomed, other, untouched].map((playback) => playback.close()));
  expect(await ffmpegChildren()).toEqual([]);
});

test('closing in the middle, twice or at once after opening leaves no child', async () => {
  await using audio = await AudioFixture.start();
  const early = await audio.open(file(mp3));
  await early.close();
  const middle = await audio.open(file(mp3));
  await take(middle, 95);
  const waiting = middle.ready(50).catch((error: unknown) => error);
  await Promise.all([middle.close(), middle.close()]);
  expect(await waiting).toMatchObject({ name: 'AbortError' });
  expect(middle.next()).toBeUndefined();
  expect(await ffmpegChildren()).toEqual([]);
  expect(audio.engine.size).toBe(0);
});

test('closing the engine closes what is open', async () => {
  const audio = await AudioFixture.start({ workers: 2 });
  const playbacks = await Promise.all([mp3, mp3, webm].map((path) => audio.open(file(path))));
  await Promise.all(playbacks.map((playback) => playback.ready(10)));
  await audio[Symbol.asyncDispose](); // checks for children and files
  await expect(audio.open(file(webm))).rejects.toMatchObject({ code: 'PLAYER_SHUTTING_DOWN' });
});

test('a playback that nobody takes from holds a second of frames and keeps its source waiting', async () => {
  await using audio = await AudioFixture.start();
  const playbacks = await Promise.all([mp3, webm].map((path) => audio.open(file(path))));
  await Promise.all(playbacks.map((playback) => playback.ready(50)));
  for (const playback of playbacks) {
    expect(playback.bufferedFrames).toBe(50);
    expect(playback.status).toBe('flowing');
    expect(playback.positionMs).toBe(0);
  }
  // The pipe holds a second or so of PCM; the rest of the minute is not decoded yet.
  expect(await ffmpegChildren()).toHaveLength(1);
  await Promise.all(playbacks.map((playback) => playback.close()));
});

test('twenty playbacks held back do not grow in memory', { timeout: 60_000 }, async () => {
  await using audio = await AudioFixture.start({ workers: 2 });
  const playbacks = await Promise.all(
    Array.from({ length: 20 }, (_, i) => audio.open(file(i % 2 === 0 ? mp3 : webm))),
  );
  await Promise.all(playbacks.map((playback) => playback.ready(50)));
  const takeSeconds = async (seconds: number) => {
    for (const playback of playbacks) await take(playback, seconds * 50);
  };
  await takeSeconds(10); // settle: code compiled, buffers at their size
  const before = memoryUsage().rss;
  await takeSeconds(30);
  const grownMb = (memoryUsage().rss - before) / 1024 ** 2;
  expect(grownMb).toBeLessThan(48);
  for (const playback of playbacks) expect(playback.bufferedFrames).toBeLessThanOrEqual(50);
  await Promise.all(playbacks.map((playback) => playback.close()));
});

test('no more playbacks are opened than allowed', async () => {
  await using audio = await AudioFixture.start({ limits: { maxPlaybacks: 2 } });
  const playbacks = [await audio.open(file(webm)), await audio.open(file(webm))];
  await expect(audio.open(file(webm))).rejects.toMatchObject({ code: 'PLAYER_BUSY' });
  await playbacks[0]?.close();
  playbacks.push(await audio.open(file(webm)));
  await Promise.all(playbacks.map((playback) => playback.close()));
});

test('an absent ffmpeg fails what needs it and nothing else', async () => {
  await using audio = await AudioFixture.start({ ffmpegPath: 'no-such-ffmpeg' });
  const playback = await audio.open(file(mp3));
  const failed = once(playback, 'failed');
  await take(playback);
  expect(await failed).toMatchObject([{ code: 'DECODER_FAILED' }]);
  await playback.close();
  const passthrough = await audio.open(file(webm));
  expect((await take(passthrough, 10)).length).toBe(10);
  await passthrough.close();
});

test('events tell the beginning and the end, once each', async () => {
  await using audio = await AudioFixture.start();
  const short = await folder.tone('short.webm', ['-c:a', 'libopus'], { seconds: 1 });
  const playback = await audio.open(file(short));
  const seen: string[] = [];
  playback.on('flowing', () => seen.push('flowing'));
  playback.on('ended', () => seen.push('ended'));
  const ended = once(playback, 'ended');
  const frames = await takeInRealTime(playback);
  await ended;
  expect(seen).toEqual(['flowing', 'ended']);
  expect(playback.status).toBe('ended');
  expect(playback.next()).toBeUndefined();
  expect(playback.framesTaken).toBe(frames.length);
  await playback.close();
});
