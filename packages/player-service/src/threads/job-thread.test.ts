import type { PlayerError } from '@bandstand/protocol';
import { expect, test } from 'vitest';
import { JobThread, type JobThreadOptions } from './job-thread.ts';

const SERVE = new URL('./serve-jobs.ts', import.meta.url).href;
const SOON = { timeout: 10_000 };
const never = () => new AbortController().signal;

/** A thread whose program is `text`, with `serveJobs`, `threadId` and `once` at hand. */
function open(text: string, options: Partial<JobThreadOptions> = {}) {
  const program = `
    import { once } from 'node:events';
    import { threadId } from 'node:worker_threads';
    import { serveJobs } from ${JSON.stringify(SERVE)};
    const close = async () => {};
    ${text}`;
  const problems: PlayerError[] = [];
  const thread = new JobThread<string, string>({
    name: 'testing',
    entry: new URL(`data:text/javascript,${encodeURIComponent(program)}`),
    settings: {},
    maxHeapMb: 64,
    startDeadlineMs: 10_000,
    answerDeadlineMs: 10_000,
    failureCode: 'DECODER_FAILED',
    onProblem: (error) => problems.push(error),
    ...options,
  });
  return { thread, problems, [Symbol.asyncDispose]: () => thread.close() };
}

/** `wait` lasts until it is given up, `hang` takes the thread with it, and so does `crash`. */
const WORK = `
  let givenUp = 0;
  async function work(job, signal) {
    if (job === 'bug') throw new TypeError('of the test');
    if (job === 'hang') for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
    if (job === 'crash') setImmediate(() => { throw new Error('crashed'); });
    if (job === 'thread') return String(threadId);
    if (job === 'given up') return String(givenUp);
    if (job === 'wait' || job === 'crash') {
      await once(signal, 'abort');
      givenUp++;
      signal.throwIfAborted();
    }
    return 'did ' + job;
  }
  serveJobs({ work, close });`;

test('jobs are done side by side, each with its own answer', async () => {
  await using opened = open(WORK);
  const abort = new AbortController();
  const waiting = opened.thread.run('wait', abort.signal);
  const jobs = ['one', 'two', 'three'].map((job) => opened.thread.run(job, never()));
  expect(await Promise.all(jobs)).toEqual(['did one', 'did two', 'did three']);
  abort.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
});

test('a job is over for who gave it up when it is over on the thread', async () => {
  await using opened = open(WORK);
  const abort = new AbortController();
  const waiting = opened.thread.run('wait', abort.signal);
  await opened.thread.run('one', never());
  abort.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  expect(await opened.thread.run('given up', never())).toBe('1');
});

test('a job that is given up while the thread begins is never begun', async () => {
  await using opened = open(WORK);
  const abort = new AbortController();
  const waiting = opened.thread.run('wait', abort.signal);
  abort.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  expect(await opened.thread.run('given up', never())).toBe('0');
});

test('a thread that was begun before serves the first job', async () => {
  await using opened = open(WORK);
  expect(opened.thread.isRunning).toBe(false);
  await opened.thread.start();
  expect(opened.thread.isRunning).toBe(true);
  const ids = [await opened.thread.run('thread', never()), await opened.thread.run('thread', never())];
  expect(ids[0]).toBe(ids[1]);
});

test('a bug fails the job that met it, with its stack, and no other', async () => {
  await using opened = open(WORK);
  const before = await opened.thread.run('thread', never());
  await expect(opened.thread.run('bug', never())).rejects.toMatchObject({
    code: 'DECODER_FAILED',
    stack: expect.stringContaining('TypeError: of the test'),
  });
  expect(opened.problems).toHaveLength(1);
  expect(await opened.thread.run('thread', never())).toBe(before);
});

test.each([
  ['crashes', 'crash'],
  ['hangs', 'hang'],
])('a thread that %s fails all it is at, and the next job begins another', async (_title, job) => {
  await using opened = open(WORK, { answerDeadlineMs: 1_000 });
  const before = await opened.thread.run('thread', never());
  const lost = await Promise.allSettled([
    opened.thread.run('wait', never()),
    opened.thread.run(job, never()),
  ]);
  for (const outcome of lost) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'DECODER_FAILED' } });
  }
  expect(opened.problems).toMatchObject([{ code: 'DECODER_FAILED' }]);
  expect(await opened.thread.run('thread', never())).not.toBe(before);
});

test.each([
  ['never says that it takes jobs', 'setInterval(() => {}, 1_000);'],
  ['cannot be loaded', 'await import("file:///absent.ts");'],
])('a thread that %s fails who waits for it', async (_title, program) => {
  await using opened = open(program, { startDeadlineMs: 500 });
  const failure = { code: 'DECODER_FAILED', message: expect.stringContaining('ended') };
  await expect(opened.thread.start()).rejects.toMatchObject(failure);
  await expect(opened.thread.run('one', never())).rejects.toMatchObject(failure);
  expect(opened.problems).toHaveLength(2);
});

test('a thread without jobs ends after its time, and not while somebody waits', async () => {
  await using opened = open(WORK, { idleMs: 1 });
  const abort = new AbortController();
  const waiting = opened.thread.run('wait', abort.signal);
  const before = await opened.thread.run('thread', never());
  expect(await opened.thread.run('thread', never())).toBe(before);
  abort.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  await expect.poll(() => opened.thread.isRunning, SOON).toBe(false);
  expect(await opened.thread.run('thread', never())).not.toBe(before);
});

test('closing gives up what is under way and lets the program tidy up; nothing is taken from then on', async () => {
  const tidied = new Int32Array(new SharedArrayBuffer(4));
  await using opened = open(
    `import { workerData } from 'node:worker_threads';
     serveJobs({
       work: (_job, signal) => once(signal, 'abort').then(() => signal.throwIfAborted()),
       close: async () => { Atomics.store(workerData.tidied, 0, 1); },
     });`,
    { settings: { tidied } },
  );
  await opened.thread.start();
  const waiting = opened.thread.run('any', never());
  const outcome = expect(waiting).rejects.toMatchObject({ code: 'PLAYER_SHUTTING_DOWN' });
  await opened.thread.close();
  await outcome;
  expect(tidied[0]).toBe(1);
  await expect(opened.thread.run('any', never())).rejects.toMatchObject({ code: 'PLAYER_SHUTTING_DOWN' });
  expect(opened.problems).toEqual([]);
});
