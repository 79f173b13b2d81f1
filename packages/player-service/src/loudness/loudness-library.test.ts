import { PlayerError } from '@bandstand/protocol';
import { ManualClock } from '@bandstand/test-support';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { Media } from '../audio/media.ts';
import type { Track } from '../sources/source.ts';
import { LoudnessLibrary, type LoudnessLibraryOptions } from './loudness-library.ts';
import type { TrackLoudness } from './track-loudness.ts';

const LOUD: TrackLoudness = { integratedLufs: -9, truePeakDb: 0.2 };

function track(identifier: string, options: Partial<Track> = {}): Track {
  return { source: 'files', identifier, title: identifier, durationMs: 1_000, isLive: false, ...options };
}

/** A thread that measures when the test says so, and forgets what is aborted. */
class ScriptedThread {
  readonly asked: string[] = [];
  readonly #jobs = new Map<string, PromiseWithResolvers<TrackLoudness>>();

  get running(): readonly string[] {
    return [...this.#jobs.keys()];
  }

  measure(media: Media, signal: AbortSignal): Promise<TrackLoudness> {
    if (media.kind !== 'file') throw new Error('scripted media are files');
    this.asked.push(media.path);
    const job = Promise.withResolvers<TrackLoudness>();
    this.#jobs.set(media.path, job);
    signal.addEventListener('abort', () => job.reject(signal.reason), { once: true });
    return job.promise.finally(() => this.#jobs.delete(media.path));
  }

  finish(path: string, outcome: TrackLoudness | PlayerError = LOUD): void {
    const job = this.#jobs.get(path);
    if (outcome instanceof PlayerError) job?.reject(outcome);
    else job?.resolve(outcome);
  }
}

class Scene implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly thread = new ScriptedThread();
  readonly stored = new Map<string, TrackLoudness>();
  storeIsAway = false;
  readonly library: LoudnessLibrary;

  constructor(options: Partial<LoudnessLibraryOptions> = {}) {
    this.library = new LoudnessLibrary({
      store: {
        find: async ({ identifier }) => {
          if (this.storeIsAway) throw new PlayerError('STORE_UNAVAILABLE', 'away');
          return this.stored.get(identifier);
        },
        save: async ({ identifier }, loudness) => {
          if (this.storeIsAway) throw new PlayerError('STORE_UNAVAILABLE', 'away');
          this.stored.set(identifier, loudness);
        },
      },
      sources: {
        resolve: async ({ identifier, isLive }) => ({ kind: 'file', path: identifier, isLive }),
      },
      thread: this.thread,
      jobs: 1,
      maxTrackMs: 60_000,
      clock: this.clock,
      log: pino({ level: 'silent' }),
      ...options,
    });
  }

  measure(
    asked: Track,
    { share = 'guild', signal = new AbortController().signal } = {},
  ): Promise<TrackLoudness | undefined> {
    return this.library.measure(asked, { signal, share });
  }

  /** Resolves once exactly these are being measured. */
  async measures(...paths: string[]): Promise<void> {
    await expect.poll(() => this.thread.running).toEqual(paths);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.library[Symbol.asyncDispose]();
    expect(this.thread.running).toEqual([]);
    expect(this.clock.pending).toBe(0);
  }
}

test('a track is measured once for all who ask, and remembered', async () => {
  await using scene = new Scene();
  const both = [scene.measure(track('a'), { share: 'one' }), scene.measure(track('a'), { share: 'two' })];
  await scene.measures('a');
  scene.thread.finish('a');
  expect(await Promise.all(both)).toEqual([LOUD, LOUD]);
  expect(await scene.measure(track('a'))).toEqual(LOUD);
  expect(await scene.library.recall(track('a'))).toEqual(LOUD);
  expect(scene.thread.asked).toEqual(['a']);
  expect(scene.stored).toEqual(new Map([['a', LOUD]]));
});

test('a track that was measured in an earlier life is not measured again', async () => {
  await using scene = new Scene();
  scene.stored.set('a', LOUD);
  expect(await scene.measure(track('a'))).toEqual(LOUD);
  expect(scene.thread.asked).toEqual([]);
});

test('to recall is not to measure', async () => {
  await using scene = new Scene();
  expect(await scene.library.recall(track('a'))).toBeUndefined();
  expect(scene.thread.asked).toEqual([]);
});

test('one at a time, guild by guild in turn', async () => {
  await using scene = new Scene();
  const asked = ['a1', 'a2', 'a3', 'b1'].map((name) => scene.measure(track(name), { share: name[0] }));
  for (const name of ['a1', 'a2', 'b1', 'a3']) {
    await scene.measures(name);
    scene.thread.finish(name);
  }
  await Promise.all(asked);
  expect(scene.thread.asked).toEqual(['a1', 'a2', 'b1', 'a3']);
});

test('as many at a time as were asked for, one slot free of each guild', async () => {
  await using scene = new Scene({ jobs: 2 });
  const asked = ['a1', 'a2', 'b1'].map((name) => scene.measure(track(name), { share: name[0] }));
  await scene.measures('a1', 'b1');
  scene.thread.finish('a1');
  await scene.measures('b1', 'a2');
  scene.thread.finish('b1');
  scene.thread.finish('a2');
  await Promise.all(asked);
});

test.each([
  ['a live stream', track('a', { isLive: true })],
  ['a track beyond the limit', track('a', { durationMs: 60_001 })],
])('%s is never measured', async (_title, asked) => {
  await using scene = new Scene();
  expect(await scene.measure(asked)).toBeUndefined();
  expect(scene.thread.asked).toEqual([]);
});

test('with no job allowed, what was measured before is all there is', async () => {
  await using scene = new Scene({ jobs: 0 });
  scene.stored.set('a', LOUD);
  expect(await scene.measure(track('a'))).toEqual(LOUD);
  expect(await scene.measure(track('b'))).toBeUndefined();
  expect(scene.thread.asked).toEqual([]);
});

test('what turns out to be live is not measured either', async () => {
  await using scene = new Scene({
    sources: { resolve: async ({ identifier }) => ({ kind: 'file', path: identifier, isLive: true }) },
  });
  expect(await scene.measure(track('a'))).toBeUndefined();
  expect(scene.thread.asked).toEqual([]);
});

test('a track that cannot be measured is not tried again at once', async () => {
  await using scene = new Scene();
  const measuring = scene.measure(track('a'));
  await scene.measures('a');
  scene.thread.finish('a', new PlayerError('MEDIA_BROKEN', 'no'));
  expect(await measuring).toBeUndefined();
  expect(await scene.measure(track('a'))).toBeUndefined();
  expect(scene.thread.asked).toEqual(['a']);
});

test('when the machine was too busy, the track is tried again', async () => {
  await using scene = new Scene();
  for (const _time of [1, 2]) {
    const measuring = scene.measure(track('a'));
    await scene.measures('a');
    scene.thread.finish('a', new PlayerError('SOURCE_BUSY', 'later'));
    expect(await measuring).toBeUndefined();
  }
  expect(scene.thread.asked).toEqual(['a', 'a']);
});

test('whoever gives up hears at once, and the job ends when nobody is left', async () => {
  await using scene = new Scene();
  const abort = new AbortController();
  const [mine, theirs] = [scene.measure(track('a'), { signal: abort.signal }), scene.measure(track('a'))];
  await scene.measures('a');
  abort.abort();
  expect(await mine).toBeUndefined();
  scene.thread.finish('a');
  expect(await theirs).toEqual(LOUD);

  const alone = new AbortController();
  const given = scene.measure(track('b'), { signal: alone.signal });
  await scene.measures('b');
  alone.abort();
  expect(await given).toBeUndefined();
  await scene.measures();
});

test('with the database away, tracks are measured and known for now', async () => {
  await using scene = new Scene();
  scene.storeIsAway = true;
  const measuring = scene.measure(track('a'));
  await scene.measures('a');
  scene.thread.finish('a');
  expect(await measuring).toEqual(LOUD);
  expect(await scene.library.recall(track('a'))).toEqual(LOUD);
});

test('a database that does not answer is not waited for', async () => {
  const never = new Promise<undefined>(() => {});
  await using scene = new Scene({ store: { find: () => never, save: async () => {} } });
  const recalling = scene.library.recall(track('a'));
  scene.clock.advance(500);
  expect(await recalling).toBeUndefined();
});

test('closing gives up what runs and what waits', async () => {
  const scene = new Scene();
  const asked = [scene.measure(track('a')), scene.measure(track('b'))];
  await scene.measures('a');
  await scene[Symbol.asyncDispose]();
  expect(await Promise.all(asked)).toEqual([undefined, undefined]);
  expect(await scene.measure(track('c'))).toBeUndefined();
  expect(scene.thread.asked).toEqual(['a']);
});
