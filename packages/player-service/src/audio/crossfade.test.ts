import { rmsDb, steepestStep, toneLevelDb } from '@bandstand/test-support';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  AudioFixture,
  atVolume,
  between,
  file,
  hear,
  sha256,
  take,
  takeInRealTime,
} from '../../test/audio/audio-fixture.ts';
import { MediaFolder, packetHashes } from '../../test/audio/media-folder.ts';
import type { Playback } from './playback.ts';
import { BUFFER_FRAMES } from './thread/messages.ts';

let folder: MediaFolder;
let audio: AudioFixture;

beforeAll(async () => {
  folder = await MediaFolder.create();
  audio = await AudioFixture.start({ workers: 2 });
}, 30_000);

afterAll(async () => {
  await audio[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const OPUS = ['-c:a', 'libopus', '-b:a', '160k'];
const MP3 = ['-b:a', '192k'];
const SECONDS = 2;
const FRAMES = SECONDS * 50 + 1; // an Opus file begins with what its encoder looked ahead
const FADE_MS = 1_000;
const FADE_FRAMES = FADE_MS / 20;

function noise(name: string, seed: number, args: readonly string[]): Promise<string> {
  const source = `anoisesrc=color=white:amplitude=0.3:seed=${seed}:duration=${SECONDS}:sample_rate=48000`;
  return folder.make(name, ['-f', 'lavfi', '-i', source, '-ac', '2', ...args]);
}

/** Two playbacks, both open and with a second of frames. */
async function pair(a: string, b: string): Promise<readonly [Playback, Playback]> {
  const first = await audio.open(file(a));
  const second = await audio.open(file(b), { near: [first] });
  await Promise.all([first.ready(BUFFER_FRAMES), second.ready(BUFFER_FRAMES)]);
  return [first, second];
}

function levelsDb(heard: Float64Array, windowMs: number): number[] {
  const levels: number[] = [];
  for (let atMs = 0; (atMs + windowMs) * 48 <= heard.length; atMs += windowMs)
    levels.push(rmsDb(between(heard, atMs, atMs + windowMs)));
  return levels;
}

describe.each([
  ['two Opus tracks', OPUS, OPUS],
  ['an MP3 and an Opus track', MP3, OPUS],
  ['an Opus and an MP3 track', OPUS, MP3],
])('from the end of one into the beginning of the other of %s', (title, argsA, argsB) => {
  const names = [`${title} a`, `${title} b`].map((name, index) => {
    return `${name.replaceAll(' ', '-')}.${[argsA, argsB][index] === OPUS ? 'webm' : 'mp3'}`;
  });

  test('the power stays within 1 dB, no frame is lost, and what is not mixed is untouched', async () => {
    const pathA = await noise(names[0] ?? '', 1, argsA);
    const pathB = await noise(names[1] ?? '', 2, argsB);
    const [a, b] = await pair(pathA, pathB);
    a.blendInto(b, FADE_MS);
    const frames = await takeInRealTime(a);
    expect(a.status).toBe('ended');
    expect(b.framesTaken).toBe(FADE_FRAMES);
    expect(b.positionMs).toBe(FADE_MS);
    const length = frames.length;
    expect(Math.abs(length - FRAMES)).toBeLessThanOrEqual(3); // MP3 pads
    frames.push(...(await takeInRealTime(b)));
    await Promise.all([a.close(), b.close()]);

    const heard = levelsDb(hear(frames), 200).slice(1, -2);
    expect(Math.max(...heard) - Math.min(...heard)).toBeLessThan(1);

    const hashes = frames.map(sha256);
    if (argsA === OPUS)
      expect(hashes.slice(0, length - FADE_FRAMES)).toEqual(
        (await packetHashes(pathA)).slice(0, length - FADE_FRAMES),
      );
    if (argsB === OPUS) expect(hashes.slice(length)).toEqual((await packetHashes(pathB)).slice(FADE_FRAMES));
  });
});

describe('in the middle of a crossfade', () => {
  /** Two tones of 12 dB below full scale, and what was heard until so much of the crossfade was over. */
  async function inTheMiddle(name: string, times = 1): Promise<readonly [Playback, Playback, Buffer[]]> {
    const tone = (hz: number) => [
      '-f',
      'lavfi',
      '-i',
      `aevalsrc=exprs=${Array(2).fill(`0.251*sin(2*PI*${hz}*t)`).join('|')}:duration=${times * SECONDS}:sample_rate=48000`,
    ];
    const pathA = await folder.make(`${name}-a.webm`, [...tone(400), ...OPUS]);
    const pathB = await folder.make(`${name}-b.webm`, [...tone(700), ...OPUS]);
    const [a, b] = await pair(pathA, pathB);
    a.blendInto(b, times * FADE_MS);
    const fadeAt = times * SECONDS * 50 + 1 - times * FADE_FRAMES;
    const middle = fadeAt + (times * FADE_FRAMES) / 2 - 1;
    const frames = await takeInRealTime(a, () => {}, middle);
    expect(b.framesTaken).toBe(middle - fadeAt);
    return [a, b, frames];
  }

  const STEEPEST = (0.251 * 2 * Math.PI * (400 + 700)) / 48_000;

  test('a skip goes on with the second one where it was heard last', async () => {
    const [a, b, frames] = await inTheMiddle('skip');
    await a.close();
    const at = b.framesTaken;
    const rest = await take(b);
    await b.close();
    expect(at).toBe(FADE_FRAMES / 2 - 1);
    expect(rest.map(sha256)).toEqual((await packetHashes(`${folder.path}/skip-b.webm`)).slice(at));
    expect(frames.length).toBe(FRAMES - FADE_FRAMES / 2 - 1);
  });

  test('the first one can go on alone, without a click, back at its own level', async () => {
    const [a, b, frames] = await inTheMiddle('alone');
    a.blendInto(undefined, 0);
    await b.close();
    frames.push(...(await takeInRealTime(a)));
    await a.close();
    expect(frames.length).toBe(FRAMES);
    const heard = hear(frames);
    const endMs = SECONDS * 1_000;
    expect(toneLevelDb(between(heard, endMs - 300, endMs), 400, 48_000)).toBeCloseTo(-12, 0);
    expect(toneLevelDb(between(heard, endMs - 300, endMs), 700, 48_000)).toBeLessThan(-40);
    expect(steepestStep(between(heard, 100, endMs))).toBeLessThan(STEEPEST * 1.1);
  });

  test('a change of the volume of both is heard in both', async () => {
    const [a, b, frames] = await inTheMiddle('volume', 2);
    for (const playback of [a, b]) playback.setSound(atVolume(25));
    frames.push(...(await takeInRealTime(a)), ...(await takeInRealTime(b)));
    await Promise.all([a.close(), b.close()]);
    const heard = hear(frames);
    const endMs = 2 * SECONDS * 1_000;
    expect(toneLevelDb(between(heard, endMs + 100, endMs + 600), 700, 48_000)).toBeCloseTo(-24, 0);
    expect(rmsDb(between(heard, endMs - 120, endMs - 20))).toBeCloseTo(-27, 0);
    expect(steepestStep(between(heard, 100, endMs + 800))).toBeLessThan(STEEPEST * 1.1);
  });
});

test('where the end is near already, the crossfade is as long as what is left', async () => {
  const path = await noise('near-a.webm', 1, OPUS);
  const [a, b] = await pair(path, await noise('near-b.webm', 2, OPUS));
  const frames = await take(a, FRAMES - 20);
  await a.ready(20);
  a.blendInto(b, FADE_MS);
  frames.push(...(await takeInRealTime(a)));
  expect(frames.length).toBe(FRAMES);
  expect(b.framesTaken).toBeGreaterThan(5);
  expect(b.framesTaken).toBeLessThan(20);
  await Promise.all([a.close(), b.close()]);
});

test('a playback of another thread is not mixed in', async () => {
  const path = await noise('apart.webm', 1, OPUS);
  const a = await audio.open(file(path));
  const b = await audio.open(file(path));
  a.blendInto(b, FADE_MS);
  await take(a);
  expect(b.framesTaken).toBe(0);
  await Promise.all([a.close(), b.close()]);
});
