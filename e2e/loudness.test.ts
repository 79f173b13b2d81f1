import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { heardHashes, packetHashes } from './harness/packets.ts';
import { Scene } from './harness/scene.ts';
import { Stack } from './harness/stack.ts';

const run = promisify(execFile);

const SECONDS = 7;
const FRAMES = SECONDS * 50;
const FRAME_BYTES = 3_840;
/** Where tracks meet without a gap: five packets at the beginning of one, two at its end. */
const MADE_ANEW = 7;
/** A sine of 1 kHz on both channels is as loud as its peak is high. */
const LIST = [
  { lufs: -30, name: 'quiet.webm', args: ['-c:a', 'libopus', '-b:a', '128k'] },
  { lufs: -9, name: 'loud.ogg', args: ['-c:a', 'libopus', '-b:a', '128k'] },
  { lufs: -16, name: 'even.webm', args: ['-c:a', 'libopus', '-b:a', '128k'] },
  { lufs: -23, name: 'broadcast.flac', args: [] },
];

let folder: string;
let stack: Stack;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bandstand-loudness-'));
  for (const { lufs, name, args } of LIST) {
    const tone = `${10 ** (lufs / 20)}*sin(2*PI*1000*t)`;
    const source = `aevalsrc=exprs=${tone}|${tone}:duration=${SECONDS}:sample_rate=48000`;
    await run('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', source, ...args, join(folder, name)]);
  }
  stack = await Stack.start({ player: { MUSIC_ROOT: folder } });
});

afterAll(async () => {
  await stack[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
  stack.discord.assertNothingUnexpected();
});

async function playAll(scene: Scene): Promise<void> {
  for (const { name } of LIST) await scene.play(name);
}

/** By ffmpeg's meter, which has nothing to do with the player's. */
async function lufsOf(pcm: Buffer): Promise<number> {
  const path = join(folder, 'heard.pcm');
  await writeFile(path, pcm);
  const input = ['-f', 's16le', '-ar', '48000', '-ac', '2', '-i', path];
  const { stderr } = await run('ffmpeg', ['-hide_banner', ...input, '-af', 'ebur128', '-f', 'null', '-']);
  return Number(/Integrated loudness:\s+I:\s+(-?[\d.]+) LUFS/.exec(stderr)?.[1]);
}

test('a mixed list is measured behind the music, and from then on heard at one loudness in every guild', async () => {
  const first = await Scene.open(stack, 'measures');
  const since = stack.player.logs.count;
  await first.answerTo('/normalize', { state: 'on' });
  await playAll(first);
  const measured = () =>
    stack.player.logs.all.slice(since).filter(({ msg }) => msg === 'track measured').length;
  // What is on and what follows: the second waits for the first skip, and so on.
  for (let known = 2; known <= LIST.length; known++) {
    await expect.poll(measured, { timeout: 20_000 }).toBe(known);
    await first.answerTo('/skip');
  }
  await first.answerTo('/stop');

  const second = await Scene.open(stack, 'hears');
  await second.answerTo('/normalize', { state: 'on' });
  await playAll(second);
  const music = await second.ear.hearsTheEnd(LIST.length * FRAMES - 10, 60_000);
  expect(second.ear.counts).toMatchObject({ lost: 0 });
  expect(measured()).toBe(LIST.length);

  const heard: number[] = [];
  for (const index of LIST.keys()) {
    const from = (index * FRAMES + 50) * FRAME_BYTES;
    heard.push(await lufsOf(second.ear.pcm.subarray(from, from + (FRAMES - 100) * FRAME_BYTES)));
  }
  expect(Math.max(...heard) - Math.min(...heard)).toBeLessThanOrEqual(2);
  for (const lufs of heard) expect(Math.abs(lufs - -16)).toBeLessThan(1);

  const own = new Set(await packetHashes(join(folder, 'even.webm')));
  const even = heardHashes(music).filter((hash) => own.has(hash));
  expect(even.length).toBeGreaterThanOrEqual(FRAMES - MADE_ANEW);
}, 150_000);
