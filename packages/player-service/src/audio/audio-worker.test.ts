import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { file, take } from '../../test/audio/audio-fixture.ts';
import { AudioWorker } from './audio-worker.ts';
import { PLAIN_SOUND } from './sound.ts';
import type { ThreadSettings, ToThread } from './thread/messages.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'audio-worker-'));
});
afterAll(() => rm(folder, { recursive: true }));

const log = pino({ level: 'silent' });
const settings = { ffmpegPath: 'ffmpeg', searchPath: '', temporaryFolder: '' } as unknown as ThreadSettings;

function opening(id: number): ToThread & { type: 'open' } {
  return { type: 'open', id, media: file('/x'), startAtMs: 0, sound: PLAIN_SOUND, tailMs: 0 };
}

/** A thread that opens everything, sends five frames for each and crashes on the playback with id 3. */
const CRASHING = `
  import { parentPort } from 'node:worker_threads';
  parentPort.on('message', ({ type, id }) => {
    if (type === 'shutdown') return parentPort.close();
    if (type !== 'open') return;
    parentPort.postMessage({ type: 'opened', id, route: 'passthrough' });
    const packed = new Uint8Array([1, 0, 7, 1, 0, 7, 1, 0, 7, 1, 0, 7, 1, 0, 7]).buffer;
    parentPort.postMessage({ type: 'frames', id, generation: 0, firstFrame: 0, packed });
    if (id % 10 === 3) setImmediate(() => { throw new Error('crash'); });
  });
  parentPort.postMessage({ type: 'started' });`;

async function entry(name: string, program: string): Promise<URL> {
  const path = join(folder, name);
  await writeFile(path, program);
  return pathToFileURL(path);
}

test('a thread that crashes fails its playbacks after their last frame, and is started again for the next', async () => {
  const worker = new AudioWorker({ settings, log, entry: await entry('crash.mjs', CRASHING) });
  const playbacks = [await worker.open(opening(1)), await worker.open(opening(3))];
  await Promise.all(playbacks.map((playback) => playback.opened));
  for (const playback of playbacks) {
    expect(await take(playback)).toHaveLength(5);
    expect(playback.failure).toMatchObject({ code: 'DECODER_FAILED', retryable: true });
    await playback.close();
  }
  expect(worker.size).toBe(0);

  const next = await worker.open(opening(4));
  await next.opened;
  expect(await take(next, 5)).toHaveLength(5);
  await worker.close();
});

test('a thread that keeps crashing is left alone for a while', async () => {
  const worker = new AudioWorker({ settings, log, entry: await entry('again.mjs', CRASHING) });
  for (let round = 0; round < 5; round++) {
    const playback = await worker.open(opening(round * 10 + 3));
    await playback.opened;
    await take(playback);
  }
  await expect(worker.open(opening(99))).rejects.toMatchObject({
    code: 'DECODER_FAILED',
    message: /keeps crashing/,
  });
  await worker.close();
});

test('a thread that cannot start is told at once', async () => {
  const worker = new AudioWorker({
    settings,
    log,
    entry: await entry('broken.mjs', 'throw new Error("no");'),
  });
  await expect(worker.start()).rejects.toMatchObject({ code: 'DECODER_FAILED' });
  await worker.close();
});

test('a thread that does not react to the shutdown is ended all the same', async () => {
  const program = `
    import { parentPort } from 'node:worker_threads';
    parentPort.on('message', () => { for (;;); });
    parentPort.postMessage({ type: 'started' });`;
  const worker = new AudioWorker({ settings, log, entry: await entry('stuck.mjs', program) });
  await worker.start();
  await worker.close();
  await expect(worker.start()).rejects.toMatchObject({ code: 'PLAYER_SHUTTING_DOWN' });
});

test('a thread that hangs is noticed: its playbacks fail after their last frame, and the next gets a new thread', async () => {
  const program = CRASHING.replace("throw new Error('crash');", 'for (;;);');
  const worker = new AudioWorker({ settings, log, entry: await entry('hang.mjs', program), heartbeatMs: 50 });
  const playback = await worker.open(opening(3));
  expect(await take(playback)).toHaveLength(5);
  expect(playback.failure).toMatchObject({ code: 'DECODER_FAILED', retryable: true });
  await playback.close();

  const next = await worker.open(opening(4));
  expect(await take(next, 5)).toHaveLength(5);
  await worker.close();
});

test('a thread that answers is left alone, however long nothing plays', async () => {
  const program = `
    import { parentPort } from 'node:worker_threads';
    let beats = 0;
    parentPort.on('message', ({ type, id }) => {
      if (type === 'shutdown') parentPort.close();
      if (type !== 'beat') return;
      parentPort.postMessage({ type: 'alive', load: { utilization: 0, complexity: 10 } });
      if (++beats === 20) parentPort.postMessage({ type: 'opened', id: 1, route: 'passthrough' });
    });
    parentPort.postMessage({ type: 'started' });`;
  const worker = new AudioWorker({
    settings,
    log,
    entry: await entry('alive.mjs', program),
    heartbeatMs: 100,
  });
  const playback = await worker.open(opening(1));
  await playback.opened; // said at the twentieth beat, long after five unanswered ones would have ended it
  expect(playback.status).toBe('buffering');
  await worker.close();
});
