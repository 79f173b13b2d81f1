import diagnostics from 'node:diagnostics_channel';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, pid as ownPid } from 'node:process';
import type { PlayerError } from '@bandstand/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ChildProcesses } from '../../subprocess/child-processes.ts';
import { InspectionThread, type InspectionThreadOptions } from './inspection-thread.ts';

const SOON = { timeout: 10_000 };
const FILES_AT_ONCE = Math.max(2, availableParallelism());
const searchPath = env['PATH'] ?? '/usr/bin:/bin';
const never = () => new AbortController().signal;

let folder: string;
let started: string;
let go: string;
let program: string;
let spawnedHere: unknown[];
const onSpawn = (message: unknown) => spawnedHere.push(message);

/** Stands in for ffprobe: tells of its beginning, waits until it may go on, and knows a length of every file. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inspection-test-'));
  [started, go, program] = ['started', 'go', 'ffprobe'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await writeFile(started, '');
  await writeFile(
    program,
    `#!/bin/sh
     for input in "$@"; do :; done
     echo "$$ $PPID $(nice) $input" >> '${started}'
     until [ -e '${go}' ]; do sleep 0.02; done
     echo '{"format":{"duration":"1.5"}}'`,
  );
  await chmod(program, 0o755);
  spawnedHere = [];
  diagnostics.subscribe('child_process', onSpawn);
});

afterEach(async () => {
  diagnostics.unsubscribe('child_process', onSpawn);
  await rm(folder, { recursive: true });
});

const release = () => writeFile(go, '');

/** All that began, in order. */
async function begun() {
  const lines = (await readFile(started, 'utf8')).split('\n').slice(0, -1);
  return lines.map((line) => {
    const [, pid, parent, niceness, input] = /^(\d+) (\d+) (\d+) (.*)$/.exec(line) ?? [];
    return { pid: Number(pid), parent: Number(parent), niceness: Number(niceness), input };
  });
}

async function living(): Promise<number> {
  const stats = (await begun()).map(({ pid }) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''));
  return (await Promise.all(stats)).filter((stat) => stat !== '' && !/^\d+ \(.*\) Z/.test(stat)).length;
}

function open(options: Partial<InspectionThreadOptions> = {}) {
  const problems: PlayerError[] = [];
  const thread = new InspectionThread({
    ffprobe: program,
    searchPath,
    temporaryFolder: folder,
    proxyUrl: 'http://127.0.0.1:1',
    onProblem: (error) => problems.push(error),
    ...options,
  });
  return { thread, problems, [Symbol.asyncDispose]: () => thread.close() };
}

function files(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `/music/${index}.mp3`);
}

describe('many who ask at once', () => {
  test('for files of their own have no program started by the thread that they ask from', async () => {
    await using opened = open();
    const asked = files(40).map((path) => opened.thread.describeFile(path, never()));
    await release();
    const descriptions = await Promise.all(asked);
    expect(descriptions).toEqual(Array(40).fill(expect.objectContaining({ durationMs: 1_500 })));
    const processes = await begun();
    expect(new Set(processes.map(({ input }) => input)).size).toBe(40);
    expect(new Set(processes.map(({ parent }) => parent))).toEqual(new Set([ownPid]));
    expect(spawnedHere).toEqual([]);

    // What would have shown it:
    await using children = await ChildProcesses.open({ searchPath, parentFolder: folder });
    expect(spawnedHere).not.toEqual([]);
    expect(children.size).toBe(0);
  });

  test('have few programs run at a time, first come first, each below what is sent', async () => {
    await using opened = open();
    const asked = files(3 * FILES_AT_ONCE).map((path) => opened.thread.describeFile(path, never()));
    await expect.poll(begun, SOON).toHaveLength(FILES_AT_ONCE);
    await expect.poll(living, SOON).toBe(FILES_AT_ONCE);
    // A web address is not behind them: when it has begun, so would have any of them.
    const web = opened.thread.describeUrl('http://a.example/x.mp3', never());
    await expect.poll(begun, SOON).toHaveLength(FILES_AT_ONCE + 1);
    expect(await living()).toBe(FILES_AT_ONCE + 1);
    await release();
    await Promise.all([...asked, web]);
    const processes = await begun();
    expect(processes).toHaveLength(3 * FILES_AT_ONCE + 1);
    const inputs = processes.map(({ input }) => input);
    const first = new Set(files(FILES_AT_ONCE).map((path) => `file:${path}`));
    expect(new Set(inputs.slice(0, FILES_AT_ONCE))).toEqual(first);
    for (const { niceness } of processes) expect(niceness).toBeGreaterThanOrEqual(5);
  });

  test('for one file have one program started, which one of them giving up does not end', async () => {
    await using opened = open();
    const abort = new AbortController();
    const others = files(40).map(() => opened.thread.describeFile('/music/one.mp3', never()));
    const one = opened.thread.describeFile('/music/one.mp3', abort.signal);
    await expect.poll(begun, SOON).toHaveLength(1);
    abort.abort(new Error('enough'));
    await expect(one).rejects.toThrow('enough');
    await release();
    const descriptions = await Promise.all(others);
    expect(descriptions).toEqual(Array(40).fill(expect.objectContaining({ durationMs: 1_500 })));
    expect(await begun()).toHaveLength(1);
  });
});

test('a program for which nobody waits any more is ended, and its turn is that of the next', async () => {
  await using opened = open();
  const abort = new AbortController();
  const given = files(FILES_AT_ONCE).map((path) => opened.thread.describeFile(path, abort.signal));
  const outcomes = Promise.allSettled(given);
  const next = opened.thread.describeFile('/music/next.mp3', never());
  await expect.poll(begun, SOON).toHaveLength(FILES_AT_ONCE);
  abort.abort(new Error('enough'));
  for (const outcome of await outcomes) expect(outcome).toMatchObject({ status: 'rejected' });
  await expect.poll(begun, SOON).toHaveLength(FILES_AT_ONCE + 1);
  await expect.poll(living, SOON).toBe(1);
  await release();
  expect(await next).toMatchObject({ durationMs: 1_500 });
});

test('closing leaves no program and tells nobody of a problem', async () => {
  const opened = open();
  const asked = opened.thread.describeFile('/music/one.mp3', never());
  await expect.poll(begun, SOON).toHaveLength(1);
  await opened.thread.close();
  expect(await asked).toEqual({});
  await expect.poll(living, SOON).toBe(0);
  expect(opened.problems).toEqual([]);
});

describe('nothing is known of media, and its owner is told,', () => {
  test.each([
    ['when the thread cannot begin', 'throw new Error("of the test")'],
    [
      'when the thread crashes',
      `import { parentPort } from 'node:worker_threads';
       parentPort.on('message', () => { throw new Error('of the test'); });
       parentPort.postMessage({ type: 'started' });`,
    ],
  ])('%s', async (_title, text) => {
    await using opened = open({ entry: new URL(`data:text/javascript,${encodeURIComponent(text)}`) });
    expect(await opened.thread.describeFile('/music/one.mp3', never())).toEqual({});
    expect(opened.problems).toMatchObject([
      { code: 'INTERNAL', message: 'the inspection thread ended', cause: { message: 'of the test' } },
    ]);
  });
});

test('nothing is known without ffprobe, either', async () => {
  await using opened = open({ ffprobe: 'no-such-ffprobe' });
  expect(await opened.thread.describeFile('/music/one.mp3', never())).toEqual({});
});
