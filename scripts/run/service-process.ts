import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { killProcessGroup } from './process-group.ts';

/** How long a service may take from SIGTERM to its end before its whole group is killed. */
const STOP_DEADLINE_MS = 5000;
const OUTPUT_DEADLINE_MS = 1000;

export interface ServiceOptions {
  /** Short name for logs: `player`, `bot`. */
  readonly name: string;
  /** Path of the TypeScript file that Node starts. */
  readonly entry: string;
  readonly args?: readonly string[];
  /** The complete environment; nothing of the parent's is added. */
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Every line of stdout and stderr, without its line break. */
  readonly onLine: (line: string, stream: 'stdout' | 'stderr') => void;
}

export interface ServiceExit {
  /** null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** True when {@link ServiceProcess.stop} had to kill it because it did not end in time. */
  readonly forced: boolean;
  /** True when processes of its group outlived it; they were killed. */
  readonly leftChildren: boolean;
}

/**
 * One service as a real operating-system process.
 *
 * It leads its own process group: the terminal's Ctrl-C does not reach it, so whoever started it decides the order of
 * the end, and whatever it leaves behind in its group can be killed. Programs that it starts detached, in groups of
 * their own, are its own care.
 */
export interface ServiceProcess extends AsyncDisposable {
  readonly name: string;
  readonly process: ChildProcess;
  /** Settles once the process has ended and its output is read to the end; never rejects. */
  readonly exited: Promise<ServiceExit>;
  /** SIGTERM, and SIGKILL to the group after 5 s. Idempotent. */
  stop(): Promise<ServiceExit>;
  /** Sends a signal to the service alone. @returns false when it has already ended. */
  kill(signal: NodeJS.Signals): boolean;
}

/**
 * Starts a service under the Node that runs this.
 *
 * @throws {Error} when the operating system cannot start the process at all
 */
export async function startService(options: ServiceOptions): Promise<ServiceProcess> {
  const { name, entry, args = [], env, cwd, onLine } = options;
  const child = spawn(process.execPath, [entry, ...args], {
    env,
    cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const outputRead = Promise.all([
    readLines(child.stdout, (line) => onLine(line, 'stdout')),
    readLines(child.stderr, (line) => onLine(line, 'stderr')),
  ]);
  await once(child, 'spawn');

  // Set since the process was spawned.
  const groupId = child.pid as number;
  const killGroup = () => killProcessGroup(groupId);
  let forced = false;
  const exited = once(child, 'exit').then(async ([code, signal]): Promise<ServiceExit> => {
    const leftChildren = killGroup();
    // A program in another group may hold the pipes open for as long as it likes.
    await Promise.race([outputRead, wait(OUTPUT_DEADLINE_MS, undefined, { ref: false })]);
    child.stdout.destroy();
    child.stderr.destroy();
    return { code, signal, forced, leftChildren };
  });
  const hasExited = () => child.exitCode !== null || child.signalCode !== null;

  const stop = async () => {
    if (!hasExited()) child.kill('SIGTERM');
    const deadline = setTimeout(() => {
      forced = true;
      killGroup();
    }, STOP_DEADLINE_MS);
    try {
      return await exited;
    } finally {
      clearTimeout(deadline);
    }
  };

  return {
    name,
    process: child,
    exited,
    stop,
    kill: (signal) => !hasExited() && child.kill(signal),
    [Symbol.asyncDispose]: async () => void (await stop()),
  };
}

async function readLines(stream: Readable, onLine: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }))
    onLine(line);
}
