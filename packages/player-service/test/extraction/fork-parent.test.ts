import { copyFile, mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { env, kill } from 'node:process';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LocalInternet, YT_DLP } from '../../src/sources/local-internet.ts';
import { commandLine } from '../../src/sources/yt-dlp/command-line.ts';
import { openStarter } from '../../src/sources/yt-dlp/open-starter.ts';
import { ProcessStarter } from '../../src/sources/yt-dlp/process-starter.ts';
import type { StarterStatus, YtDlpStarter } from '../../src/sources/yt-dlp/starter.ts';
import { findPython } from '../../src/sources/yt-dlp/zygote/find-python.ts';
import {
  ForkingStarter,
  type ForkingStarterOptions,
} from '../../src/sources/yt-dlp/zygote/forking-starter.ts';
import { findExecutable } from '../../src/subprocess/find-executable.ts';
import { RunningChild } from '../../src/subprocess/running-child.ts';
import { isLiving, livingOf } from './living.ts';
import { RogueSite } from './rogue-site.ts';

const signal = () => AbortSignal.timeout(40_000);
/** A boot under load takes seconds. */
vi.setConfig({ testTimeout: 60_000 });
const VERSION_ARGS = ['--ignore-config', '--version'];

let site: RogueSite;
let version: string;
let changes: StarterStatus[];
let opened: ForkingStarter[];

beforeEach(async () => {
  site = await RogueSite.open();
  changes = [];
  opened = [];
  const asked = await site.children.collect({ program: YT_DLP, args: VERSION_ARGS, deadlineMs: 20_000 });
  version = asked.stdout.toString().trim();
});

afterEach(async () => {
  await Promise.all(opened.map((starter) => starter.close()));
  expect(site.children.size).toBe(0);
  await site[Symbol.asyncDispose]();
});

async function open(options: Partial<ForkingStarterOptions> = {}): Promise<ForkingStarter> {
  const { children } = site;
  const common = {
    children,
    program: YT_DLP,
    deadlineMs: 20_000,
    limits: { dataBytes: 2 ** 30 },
    ...options,
  };
  const starter = await ForkingStarter.open({
    ...common,
    fallback: new ProcessStarter(common, 'not forked'),
    rehearsal: commandLine(site.commandLine, {
      type: 'page',
      url: 'https://nowhere.invalid/',
      maxEntries: 1,
    }),
    version: async () => version,
    restMs: 50,
    onStatus: (status) => changes.push(status),
    ...options,
  });
  opened.push(starter);
  return starter;
}

/** With a parent that serves, however slow the machine is. */
async function openForking(options: Partial<ForkingStarterOptions> = {}): Promise<ForkingStarter> {
  const starter = await open(options);
  await serves(starter);
  return starter;
}

async function serves(starter: ForkingStarter): Promise<void> {
  await expect.poll(() => starter.status, { timeout: 25_000 }).toMatchObject({ way: 'fork' });
}

function parentOf(starter: ForkingStarter): number {
  const { status } = starter;
  if (status.way !== 'fork' || status.parentPid === undefined) throw new Error(JSON.stringify(status));
  return status.parentPid;
}

async function run(starter: YtDlpStarter, args: readonly string[] = VERSION_ARGS): Promise<string> {
  const child = await starter.start(args, signal());
  if (!(child instanceof RunningChild)) throw new Error(child.cause);
  const output = Buffer.concat(await child.stdout.toArray()).toString();
  expect(await child.ended).toMatchObject({ cause: 'exited', exitCode: 0 });
  return output.trim();
}

async function hang(starter: ForkingStarter, abort: AbortSignal): Promise<RunningChild> {
  const url = 'https://rogue.invalid/watch/hangs';
  const child = await starter.start(
    commandLine(site.commandLine, { type: 'page', url, maxEntries: 1 }),
    abort,
  );
  if (!(child instanceof RunningChild)) throw new Error(child.cause);
  // Itself, and the program it started.
  await expect.poll(() => site.pids(), { timeout: 10_000 }).toHaveLength(2);
  return child;
}

async function threadsChildrenOf(pid: number): Promise<string> {
  return (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim();
}

test('two hundred requests leave no process, no zombie and no descriptor', async () => {
  const starter = await openForking();
  const parent = parentOf(starter);
  await run(starter);
  const descriptors = async () => [
    (await readdir('/proc/self/fd')).length,
    (await readdir(`/proc/${parent}/fd`)).length,
  ];
  const before = await descriptors();
  for (let round = 0; round < 50; round++) {
    expect(await Promise.all([1, 2, 3, 4].map(() => run(starter)))).toEqual(Array(4).fill(version));
  }
  expect(parentOf(starter)).toBe(parent);
  await expect.poll(() => threadsChildrenOf(parent)).toBe('');
  await expect.poll(descriptors).toEqual(before);
  expect(site.children.size).toBe(1);
});

test('forks die with a parent that is killed, with what they started; the next request is served at once', async () => {
  const starter = await openForking();
  const parent = parentOf(starter);
  const child = await hang(starter, signal());
  kill(parent, 'SIGKILL');
  expect(await child.ended).toMatchObject({ cause: 'signalled', signal: 'SIGKILL' });
  expect(await run(starter)).toBe(version);
  await expect.poll(async () => livingOf(await site.pids()), { timeout: 5_000 }).toEqual([]);
  await serves(starter);
  expect(parentOf(starter)).not.toBe(parent);
  expect(changes).toMatchObject([
    { way: 'fork' },
    { way: 'process', reason: 'the parent ended by SIGKILL' },
    { way: 'process' },
    { way: 'fork' },
  ]);
});

test('a listener notices nothing of a parent that is killed but the time', async () => {
  await using internet = await LocalInternet.start();
  const source = await internet.ytDlp();
  await expect.poll(() => source.starting.way, { timeout: 25_000 }).toBe('fork');
  const { starting } = source;
  if (starting.way !== 'fork' || starting.parentPid === undefined) throw new Error(JSON.stringify(starting));
  const loading = source.load(internet.site.pageUrl('slow'), { signal: signal() });
  await expect.poll(() => internet.site.log.list('/watch/slow'), { timeout: 10_000 }).toHaveLength(1);
  kill(starting.parentPid, 'SIGKILL');
  expect(await loading).toMatchObject({ type: 'track', track: { title: 'Slow page' } });
  expect(internet.site.log.list('/watch/slow')).toHaveLength(2);
  await source.close();
});

test('a parent that stands still is replaced, and its request served in the other way', async () => {
  const starter = await openForking();
  const parent = parentOf(starter);
  kill(parent, 'SIGSTOP');
  expect(await run(starter)).toBe(version);
  expect(changes).toContainEqual({ way: 'process', reason: 'the parent does not fork' });
  await serves(starter);
  expect(await isLiving(parent)).toBe(false);
});

test('a request is given up in time although its parent stands still', async () => {
  const starter = await openForking();
  const abort = new AbortController();
  const child = await hang(starter, abort.signal);
  kill(parentOf(starter), 'SIGSTOP');
  abort.abort();
  expect(await child.ended).toMatchObject({ cause: 'aborted' });
  expect(changes).toContainEqual({ way: 'process', reason: 'the parent does not tell of an end' });
  await expect.poll(async () => livingOf(await site.pids()), { timeout: 5_000 }).toEqual([]);
});

test('a parent that served for long is relieved while its last requests run', async () => {
  const starter = await openForking({ maxRequests: 3 });
  const first = parentOf(starter);
  const abort = new AbortController();
  const waiting = await hang(starter, abort.signal);
  await run(starter);
  await run(starter);
  await run(starter); // one too many: the next parent is being made
  await expect.poll(() => parentOf(starter), { timeout: 25_000 }).not.toBe(first);
  expect(await run(starter)).toBe(version);
  expect(await isLiving(first)).toBe(true);
  expect(await isLiving(waiting.pid ?? 0)).toBe(true);
  abort.abort();
  expect(await waiting.ended).toMatchObject({ cause: 'aborted' });
  await expect.poll(() => isLiving(first), { timeout: 5_000 }).toBe(false);
});

test('when yt-dlp is replaced, no request is served by the old one', async () => {
  const program = join(site.folder, 'yt-dlp');
  await copyFile((await findExecutable(YT_DLP, env['PATH'] ?? '')) ?? '', program);
  const starter = await openForking({ program });
  const parent = parentOf(starter);
  await utimes(program, new Date(), new Date(0));
  expect(await run(starter)).toBe(version);
  expect(changes.at(1)).toEqual({ way: 'process', reason: 'yt-dlp was changed' });
  await serves(starter);
  expect(parentOf(starter)).not.toBe(parent);
  await expect.poll(() => isLiving(parent), { timeout: 5_000 }).toBe(false);
});

test('a Python that has another yt-dlp than the program is not used', async () => {
  const starter = await open({ version: async () => '2026.12.31' });
  expect(starter.status).toMatchObject({ way: 'process', reason: expect.stringContaining('2026.12.31') });
  expect(await run(starter)).toBe(version);
});

test('a parent that fails again and again is started more and more rarely, and requests are served', async () => {
  const program = join(site.folder, 'yt-dlp');
  // A Python without yt_dlp; whatever asks this program itself gets an answer.
  const script = "import sys\nfrom yt_dlp import main\nif __name__ == '__main__':\n    sys.exit(main())\n";
  await writeFile(program, `#!/usr/bin/env python3\n${script}`, { mode: 0o755 });
  const startedAtMs = performance.now();
  const timesMs: number[] = [];
  const starter = await open({
    program,
    fallback: new ProcessStarter(
      {
        children: site.children,
        program: YT_DLP,
        deadlineMs: 20_000,
        limits: {},
      },
      'not forked',
    ),
    onStatus: (status) => {
      changes.push(status);
      timesMs.push(performance.now() - startedAtMs);
    },
  });
  await expect.poll(() => changes.filter(isModuleMissing).length, { timeout: 25_000 }).toBeGreaterThan(6);
  expect(await run(starter)).toBe(version);
  // Each failure is told when the rest begins, on a busy machine some milliseconds later, and when it ends.
  const rests = timesMs.flatMap((at, index) => (index % 2 === 1 ? [at - (timesMs[index - 1] ?? 0)] : []));
  expect(rests.slice(0, 3).map((rest, index) => rest >= 40 * 2 ** index)).toEqual([true, true, true]);
});

function isModuleMissing(status: StarterStatus): boolean {
  return status.way === 'process' && /No module named 'yt_dlp'/.test(status.reason);
}

test('a program that is more than a start of yt_dlp is run as it is', async () => {
  const program = join(site.folder, 'yt-dlp');
  await writeFile(program, '#!/bin/sh\necho 2026.08.19\n', { mode: 0o755 });
  const starter = await open({ program });
  expect(starter.status).toMatchObject({ way: 'process', reason: expect.stringContaining('not a Python') });
  expect(await run(starter)).toBe('2026.08.19');
});

test('yt-dlp as one archive that Python runs is forked as well', async () => {
  const installed = (await findExecutable(YT_DLP, env['PATH'] ?? '')) ?? '';
  const { interpreter } = await findPython(installed, (name) => site.children.locate(name));
  const program = join(site.folder, 'yt-dlp');
  // As the release's own archive is made: a first line that names Python, then the package in a zip.
  const made = await site.children.collect({
    program: interpreter,
    args: ['-I', '-c', MAKE_ARCHIVE, program],
    deadlineMs: 50_000,
  });
  expect(made.end).toMatchObject({ cause: 'exited', exitCode: 0, stderr: '' });
  const starter = await openForking({ program });
  expect(await run(starter)).toBe(version);
});

const MAKE_ARCHIVE = `
import pathlib, sys, zipfile, yt_dlp
package = pathlib.Path(yt_dlp.__file__).parent
with open(sys.argv[1], 'wb') as out:
    out.write(b'#!/usr/bin/env python3\\n')
    with zipfile.ZipFile(out, 'w') as archive:
        for file in package.rglob('*.py'):
            archive.write(file, 'yt_dlp' / file.relative_to(package))
        archive.writestr('__main__.py', 'import yt_dlp; yt_dlp.main()')
pathlib.Path(sys.argv[1]).chmod(0o755)
`;

test('without a place for the output of forks, each question has a process', async () => {
  const usual = env['TMPDIR'];
  const long = join(site.folder, 'x'.repeat(100));
  await mkdir(long);
  try {
    env['TMPDIR'] = long;
    const { children, commandLine } = site;
    const options = { children, program: YT_DLP, commandLine, deadlineMs: 40_000 };
    const { starter } = await openStarter({ ...options, onStatus: (status) => changes.push(status) });
    expect(starter.status).toMatchObject({ way: 'process', reason: expect.stringContaining('too long') });
    expect(changes).toEqual([starter.status]);
    expect(await run(starter)).toBe(version);
    expect(await readdir(long)).toEqual([]);
  } finally {
    if (usual === undefined) delete env['TMPDIR'];
    else env['TMPDIR'] = usual;
  }
});

test('closing leaves nothing, whatever is going on', async () => {
  const busy = await openForking();
  const child = await hang(busy, signal());
  const parent = parentOf(busy);
  const booting = ForkingStarter.open({
    ...{
      children: site.children,
      program: YT_DLP,
      deadlineMs: 20_000,
      limits: {},
      version: async () => version,
    },
    fallback: busy,
    rehearsal: ['--', 'https://nowhere.invalid/'],
  });
  await Promise.all([busy.close(), busy.close()]);
  expect(await child.ended).toMatchObject({ cause: 'signalled' });
  expect(await livingOf([parent, ...(await site.pids())])).toEqual([]);
  await (await booting).close();
  expect(site.children.size).toBe(0);
});
