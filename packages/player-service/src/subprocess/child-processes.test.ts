import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, memoryUsage } from 'node:process';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ChildProcesses } from './child-processes.ts';
import { RunningChild } from './running-child.ts';

const searchPath = env['PATH'] ?? '/usr/bin:/bin';
let parentFolder: string;
let children: ChildProcesses;

beforeEach(async () => {
  parentFolder = await mkdtemp(join(tmpdir(), 'child-processes-test-'));
  children = await ChildProcesses.open({ searchPath, parentFolder, killGraceMs: 300 });
});

afterEach(async () => {
  await children.close();
  expect(children.size).toBe(0);
  expect(await readdir(parentFolder)).toEqual([]);
  await rm(parentFolder, { recursive: true });
});

/** Whether it still runs; a zombie that nobody waited for does not. */
async function alive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return stat !== undefined && !/^\d+ \(.*\) Z/.test(stat);
}

/** Starts a shell that names its own child on the first line of its output. */
async function startFamily(
  script: string,
  options = {},
): Promise<{ child: RunningChild; grandchild: number }> {
  const child = await children.stream({ program: 'sh', args: ['-c', script], ...options });
  if (!(child instanceof RunningChild)) throw new Error(`not started: ${child.cause}`);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, grandchild: Number(line.toString().trim()) };
}

describe('collecting', () => {
  test('gives output, exit code and the complaint of a program that ends by itself', async () => {
    const { end, stdout } = await children.collect({
      program: 'sh',
      args: ['-c', 'echo out; echo err >&2; exit 3'],
      deadlineMs: 5_000,
    });
    expect(stdout.toString()).toBe('out\n');
    expect(end).toEqual({ cause: 'exited', exitCode: 3, stderr: 'err\n' });
  });

  test('arguments reach the program as they are: no shell, no expansion', async () => {
    const args = ['%s\\n', '$HOME', '`id`', '; rm -rf /', '--', 'a b', ''];
    const { stdout } = await children.collect({ program: 'printf', args, deadlineMs: 5_000 });
    expect(stdout.toString()).toBe('$HOME\n`id`\n; rm -rf /\n--\na b\n\n');
  });

  test('the child sees four variables, an empty home and nothing of our environment', async () => {
    env['CANARY'] = 'canary-in-our-environment';
    try {
      const { stdout } = await children.collect({ program: 'env', args: [], deadlineMs: 5_000 });
      const names = stdout
        .toString()
        .trim()
        .split('\n')
        .map((line) => line.split('=')[0]);
      expect(names.sort()).toEqual(['HOME', 'LANG', 'PATH', 'TMPDIR']);
      const home = await children.collect({
        program: 'sh',
        args: ['-c', 'pwd; ls -A "$HOME"'],
        deadlineMs: 5_000,
      });
      expect(home.stdout.toString()).toMatch(/^\/.*\/home\n$/);
    } finally {
      delete env['CANARY'];
    }
  });

  test('an absent program, a folder and a closed door are told apart from a failure', async () => {
    const absent = await children.collect({ program: 'no-such-program-here', args: [], deadlineMs: 1_000 });
    const folder = await children.collect({ program: '/usr', args: [], deadlineMs: 1_000 });
    await children.close();
    const closed = await children.collect({ program: 'true', args: [], deadlineMs: 1_000 });
    expect([absent.end.cause, folder.end.cause, closed.end.cause]).toEqual(Array(3).fill('notStarted'));
    await expect(children.collect({ program: './relative', args: [], deadlineMs: 1 })).rejects.toThrow(
      TypeError,
    );
  });

  test('an argument list beyond what the system takes is a result, not a crash', async () => {
    const { end } = await children.collect({
      program: 'true',
      args: ['x'.repeat(4 * 1024 * 1024)],
      deadlineMs: 5_000,
    });
    expect(end.cause).toBe('notStarted');
  });

  test('endless output is cut at the cap and costs no more memory than the cap', async () => {
    const before = memoryUsage().rss;
    const limitBytes = 4 * 1024 * 1024;
    const { end, stdout } = await children.collect({
      program: 'sh',
      args: ['-c', 'yes | head -c 1073741824'],
      deadlineMs: 15_000,
      maxStdoutBytes: limitBytes,
    });
    expect(end).toMatchObject({ cause: 'outputLimit', limitBytes });
    expect(stdout.length).toBeLessThanOrEqual(limitBytes);
    expect(memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
  });

  test('endless complaints keep only their last 64 kB', async () => {
    const { end } = await children.collect({
      program: 'sh',
      args: ['-c', 'yes complaint | head -c 50000000 >&2; echo last >&2'],
      deadlineMs: 15_000,
    });
    expect(end).toMatchObject({ cause: 'exited', exitCode: 0 });
    expect(end.stderr.length).toBe(64 * 1024);
    expect(end.stderr.endsWith('last\n')).toBe(true);
  });

  test('a crash is reported with its signal', async () => {
    const { end } = await children.collect({
      program: 'sh',
      args: ['-c', 'kill -SEGV $$'],
      deadlineMs: 5_000,
    });
    expect(end).toMatchObject({ cause: 'signalled', signal: 'SIGSEGV' });
  });
});

describe('ending', () => {
  test('at the deadline the whole group goes, also members that ignore SIGTERM', async () => {
    const { child, grandchild } = await startFamily(
      'trap "" TERM; (trap "" TERM; sleep 60) & echo $!; wait; wait; sleep 60',
      {
        deadlineMs: 400,
      },
    );
    expect(await child.ended).toMatchObject({ cause: 'timedOut', deadlineMs: 400 });
    await expect.poll(() => alive(grandchild), { timeout: 5_000 }).toBe(false);
  });

  test('an abort ends the group and is reported as such', async () => {
    const abort = new AbortController();
    const { child, grandchild } = await startFamily('sleep 60 & echo $!; wait', { signal: abort.signal });
    abort.abort();
    expect(await child.ended).toMatchObject({ cause: 'aborted' });
    await expect.poll(() => alive(grandchild), { timeout: 5_000 }).toBe(false);
  });

  test('a signal that was aborted before starts nothing', async () => {
    const child = await children.stream({ program: 'sleep', args: ['60'], signal: AbortSignal.abort() });
    expect(child).toMatchObject({ cause: 'aborted' });
    expect(children.size).toBe(0);
  });

  test('grandchildren that outlive their parent are ended with it', async () => {
    const { child, grandchild } = await startFamily('sleep 60 & echo $!; exit 0');
    expect(await child.ended).toMatchObject({ cause: 'exited', exitCode: 0 });
    await expect.poll(() => alive(grandchild), { timeout: 5_000 }).toBe(false);
  });

  test('a stopped process is ended all the same', async () => {
    const { child } = await startFamily('echo $$; kill -STOP $$; sleep 60');
    expect(await child.stop()).toMatchObject({ cause: 'aborted' });
  });

  test('closing the door ends everything that runs, read or not', async () => {
    const families = await Promise.all([1, 2, 3].map(() => startFamily('sleep 60 & echo $!; yes')));
    expect(children.size).toBe(3);
    await children.close();
    for (const { child, grandchild } of families) {
      expect(await child.ended).toMatchObject({ cause: 'aborted' });
      await expect.poll(() => alive(grandchild), { timeout: 5_000 }).toBe(false);
    }
  });

  test('the first cause given is the one reported', async () => {
    const { child } = await startFamily('sleep 60 & echo $!; wait');
    void child.stop({ cause: 'outputLimit', limitBytes: 7 });
    expect(await child.stop()).toMatchObject({ cause: 'outputLimit', limitBytes: 7 });
  });
});

describe('streaming', () => {
  test('what goes in at stdin comes out at stdout, as fast as it is read', async () => {
    const child = await children.stream({ program: 'cat', args: [], stdin: 'pipe', deadlineMs: 10_000 });
    if (!(child instanceof RunningChild)) throw new Error(child.cause);
    const sent = Buffer.alloc(3_000_000, 'abcdefg');
    child.stdin?.end(sent);
    const received = Buffer.concat(await child.stdout.toArray());
    expect(received.equals(sent)).toBe(true);
    expect(await child.ended).toMatchObject({ cause: 'exited', exitCode: 0 });
  });

  test('writing to a child that is gone throws nothing', async () => {
    const child = await children.stream({ program: 'true', args: [], stdin: 'pipe' });
    if (!(child instanceof RunningChild)) throw new Error(child.cause);
    await child.ended;
    child.stdin?.write(Buffer.alloc(1_000_000));
    expect(await child.ended).toMatchObject({ cause: 'exited', exitCode: 0 });
  });
});

describe('limits of the host', () => {
  test('limits of what it may use and niceness are in force in the child', async () => {
    expect(children.launchers).toEqual({
      prlimit: expect.any(String),
      setpriv: expect.any(String),
      nice: expect.any(String),
    });
    const { stdout } = await children.collect({
      program: 'sh',
      args: [
        '-c',
        'ulimit -v; ulimit -d; ulimit -c; ulimit -t; ulimit -f; ulimit -n; nice; grep NoNewPrivs /proc/self/status',
      ],
      deadlineMs: 5_000,
      addressSpaceBytes: 512 * 1024 * 1024,
      dataBytes: 256 * 1024 * 1024,
      cpuSeconds: 60,
      fileBytes: 64 * 512,
      openFiles: 99,
      niceness: 5,
    });
    expect(stdout.toString().trim().split(/\s+/)).toEqual([
      ...['524288', '262144', '0', '60', '64', '99', '5'],
      ...['NoNewPrivs:', '1'],
    ]);
  });

  test('a thread that dies takes its children along', async () => {
    const script = join(parentFolder, 'worker.mjs');
    const door = new URL('./child-processes.ts', import.meta.url).href;
    await writeFile(
      script,
      `import { parentPort, workerData } from 'node:worker_threads';
       const { ChildProcesses } = await import(workerData.door);
       const children = await ChildProcesses.open(workerData.options);
       const child = await children.stream({ program: 'sleep', args: ['60'] });
       parentPort.postMessage(child.pid);`,
    );
    const workerFolder = await mkdtemp(join(tmpdir(), 'child-processes-worker-'));
    const worker = new Worker(script, {
      workerData: { door, options: { searchPath, parentFolder: workerFolder } },
    });
    const [pid] = (await once(worker, 'message')) as [number];
    // Until then it is a launcher that sets the limits.
    await expect.poll(() => readFile(`/proc/${pid}/comm`, 'utf8'), { timeout: 5_000 }).toBe('sleep\n');
    await worker.terminate();
    await expect.poll(() => alive(pid), { timeout: 5_000 }).toBe(false);
    await rm(workerFolder, { recursive: true });
    await rm(script);
  });
});
