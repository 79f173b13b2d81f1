import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ffmpegChildren, file, http, never, SEARCH_PATH } from '../../test/audio/audio-fixture.ts';
import { ConnectProxy } from '../../test/audio/connect-proxy.ts';
import { MediaFolder } from '../../test/audio/media-folder.ts';
import { MediaServer } from '../../test/audio/media-server.ts';
import { MeasuringThread, type MeasuringThreadOptions } from './measuring-thread.ts';
import type { MeasuringLimits } from './thread/measuring-settings.ts';

const run = promisify(execFile);

// What is measured has the lowest priority, and this machine other work.
vi.setConfig({ testTimeout: 60_000 });

let folder: MediaFolder;
let server: MediaServer;

beforeAll(async () => {
  folder = await MediaFolder.create();
  server = await MediaServer.start();
}, 30_000);

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const SOON = { timeout: 30_000 };

type Options = Partial<Omit<MeasuringThreadOptions, 'limits'>> & { limits?: Partial<MeasuringLimits> };

function openThread({ limits, ...options }: Options = {}): MeasuringThread {
  return new MeasuringThread({
    ffmpegPath: 'ffmpeg',
    searchPath: SEARCH_PATH,
    temporaryFolder: tmpdir(),
    limits: { maxTrackMs: 60_000, ...limits },
    log: pino({ level: 'silent' }),
    ...options,
  });
}

/** Bursts of noise over a tone, at a level that the gates have something to decide about. */
const PROGRAM = [
  ...['-f', 'lavfi', '-i', 'anoisesrc=color=pink:duration=12:sample_rate=48000:amplitude=0.5:seed=7'],
  ...['-af', 'tremolo=f=0.2:d=0.97,aformat=channel_layouts=stereo'],
];

/** By another implementation, to a tenth. */
async function ffmpegLufs(path: string): Promise<number> {
  const args = ['-hide_banner', '-nostdin', '-i', path, '-af', 'ebur128', '-f', 'null', '-'];
  const { stderr } = await run('ffmpeg', args, { timeout: 15_000 });
  return Number(/Integrated loudness:\s+I:\s+(-?[\d.]+) LUFS/.exec(stderr)?.[1]);
}

describe('a track', () => {
  test.each([
    ['whose own packets are sent', 'program.webm', ['-c:a', 'libopus', '-b:a', '128k']],
    ['that is decoded by ffmpeg', 'program.mp3', ['-b:a', '192k']],
    ['in a container without an index', 'program.flac', []],
  ])('%s measures as in ffmpeg', async (_title, name, args) => {
    const path = await folder.make(name, [...PROGRAM, ...args]);
    await using thread = openThread();
    const loudness = await thread.measure(file(path, { durationMs: 12_000 }), never());
    expect(Math.abs((loudness.integratedLufs ?? 0) - (await ffmpegLufs(path)))).toBeLessThanOrEqual(0.15);
  });

  test('in mono measures as what it becomes: the same on both channels', async () => {
    const path = await folder.tone('mono.mp3', [], { channels: 1 });
    await using thread = openThread();
    const both = await folder.tone('both.mp3', []);
    const [one, two] = [await thread.measure(file(path), never()), await thread.measure(file(both), never())];
    expect(one.integratedLufs).toBeCloseTo(two.integratedLufs ?? 0, 1);
    expect(one.truePeakDb).toBeCloseTo(two.truePeakDb, 1);
  });

  test('is as loud as the gain that its author asks for makes it', async () => {
    const path = await folder.tone('gain.ogg', ['-c:a', 'libopus']);
    await using thread = openThread();
    const before = await thread.measure(file(path), never());
    const bytes = await readFile(path);
    bytes.writeInt16LE(-6 * 256, bytes.indexOf('OpusHead') + 16);
    await writeFile(path, bytes);
    const after = await thread.measure(file(path), never());
    expect((after.integratedLufs ?? 0) - (before.integratedLufs ?? 0)).toBeCloseTo(-6, 2);
  });

  test('of silence has no loudness', async () => {
    const path = await folder.make('silence.wav', [
      '-f',
      'lavfi',
      '-i',
      'anullsrc=r=48000:cl=stereo',
      '-t',
      '2',
    ]);
    await using thread = openThread();
    expect(await thread.measure(file(path), never())).toEqual({
      integratedLufs: undefined,
      truePeakDb: -120,
    });
  });

  test('behind HTTP is read through the proxy', async () => {
    const path = await folder.tone('http.webm', ['-c:a', 'libopus']);
    const url = server.serve('/http.webm', await readFile(path));
    await using proxy = await ConnectProxy.start();
    await using thread = openThread({ proxyUrl: proxy.url });
    const loudness = await thread.measure(http(url), never());
    expect(loudness).toEqual(await thread.measure(file(path), never()));
    expect(proxy.tunnels).toEqual([new URL(url).host]);
  });

  test('that the proxy does not let through is not measured', async () => {
    const path = await folder.tone('refused.webm', ['-c:a', 'libopus']);
    const url = server.serve('/refused.webm', await readFile(path));
    await using proxy = await ConnectProxy.start(() => false);
    await using thread = openThread({ proxyUrl: proxy.url });
    await expect(thread.measure(http(url), never())).rejects.toMatchObject({ code: 'ADDRESS_NOT_ALLOWED' });
    expect(server.requests.some(({ path }) => path === '/refused.webm')).toBe(false);
  });

  test('is read no faster than allowed, to leave the network to what plays', async () => {
    const path = await folder.tone('paced.webm', ['-c:a', 'libopus'], { seconds: 8 });
    await using thread = openThread({ limits: { maxSpeed: 10 } });
    const startedAtMs = performance.now();
    await thread.measure(file(path), never());
    expect(performance.now() - startedAtMs).toBeGreaterThan(700);
  });
});

describe('not measured is', () => {
  test.each<[string, string, Partial<MeasuringLimits>, number | undefined]>([
    ['a track that is longer than allowed', 'TRACK_TOO_LONG', { maxTrackMs: 2_000 }, undefined],
    ['a track that ends before its length', 'MEDIA_CUT', {}, 60_000],
    ['a track that takes too long', 'MEDIA_STALLED', { deadlineMs: 1 }, undefined],
  ])('%s', async (_title, code, limits, durationMs) => {
    const path = await folder.tone('refused.webm', ['-c:a', 'libopus'], { seconds: 8 });
    await using thread = openThread({ limits });
    await expect(thread.measure(file(path, { durationMs }), never())).rejects.toMatchObject({ code });
  });

  test.each<[string, string, Partial<MeasuringLimits>, Parameters<MediaServer['serve']>[2]]>([
    ['what stops coming', 'MEDIA_STALLED', { stallMs: 300 }, { hangAfterBytes: 20_000 }],
    [
      'what comes byte by byte',
      'MEDIA_STALLED',
      { stallMs: 300 },
      { drip: { afterBytes: 20_000, everyMs: 50 } },
    ],
    ['what is larger than allowed', 'MEDIA_TOO_LARGE', { maxMediaBytes: 20_000 }, {}],
  ])('%s', async (title, code, limits, faults) => {
    const path = await folder.tone('faults.mp3', ['-b:a', '192k'], { seconds: 8 });
    const url = server.serve(`/${encodeURIComponent(title)}`, await readFile(path), faults);
    await using thread = openThread({ limits });
    await expect(thread.measure(http(url), never())).rejects.toMatchObject({ code });
  });
});

describe('the measuring thread', () => {
  test('gives up at once what nobody waits for any more, and goes on with others', async () => {
    const path = await folder.tone('other.webm', ['-c:a', 'libopus']);
    const url = server.serve('/silent', Buffer.alloc(0), { silent: true });
    await using thread = openThread();
    const abort = new AbortController();
    const measuring = thread.measure(http(url), abort.signal);
    await expect.poll(() => server.requests.some(({ path }) => path === '/silent'), SOON).toBe(true);
    abort.abort(new Error('enough'));
    await expect(measuring).rejects.toThrow('enough');
    expect(await thread.measure(file(path), never())).toMatchObject({ integratedLufs: expect.any(Number) });
  });

  test('ends what it is at when it is closed, its decoder too', async () => {
    const path = await folder.tone('endless.mp3', ['-b:a', '192k'], { seconds: 8 });
    const url = server.serve('/endless.mp3', await readFile(path), { hangAfterBytes: 100_000 });
    const thread = openThread({ limits: { stallMs: 60_000 } });
    const measuring = thread.measure(http(url), never());
    const outcome = expect(measuring).rejects.toMatchObject({ code: 'PLAYER_SHUTTING_DOWN' });
    await expect.poll(ffmpegChildren, SOON).toHaveLength(1);
    await thread.close();
    await outcome;
    expect(await ffmpegChildren()).toEqual([]);
    await expect(thread.measure(file(path), never())).rejects.toMatchObject({ code: 'PLAYER_SHUTTING_DOWN' });
  });

  test('does not keep a player from closing while it begins', async () => {
    const stuck = `for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000)`;
    const thread = openThread({ entry: new URL(`data:text/javascript,${encodeURIComponent(stuck)}`) });
    const outcome = expect(thread.measure(file('/any'), never())).rejects.toMatchObject({
      code: 'PLAYER_SHUTTING_DOWN',
    });
    await thread.close();
    await outcome;
  });

  test('ends when there was nothing to do for a while, and begins anew', async () => {
    const path = await folder.tone('idle.webm', ['-c:a', 'libopus']);
    await using thread = openThread({ idleMs: 1 });
    expect(thread.isRunning).toBe(false);
    const first = await thread.measure(file(path), never());
    await expect.poll(() => thread.isRunning, SOON).toBe(false);
    expect(await thread.measure(file(path), never())).toEqual(first);
  });

  test('that crashes fails what it was at, and nothing later', async () => {
    const crashing = `
      import { parentPort } from 'node:worker_threads';
      parentPort.on('message', ({ type }) => {
        if (type === 'job') throw new Error('crashed');
        parentPort.close();
      });
      parentPort.postMessage({ type: 'started' });`;
    const entry = new URL(`data:text/javascript,${encodeURIComponent(crashing)}`);
    await using thread = openThread({ entry });
    for (const path of ['/one', '/two']) {
      await expect(thread.measure(file(path), never())).rejects.toMatchObject({ code: 'DECODER_FAILED' });
    }
  });
});
