import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable, type Writable } from 'node:stream';
import type { ProcessEndCause } from './process-end.ts';

/** A process that leads a group of its own, whoever started it. */
export interface StartedProcess {
  /** Also the number of its group; absent when there never was a process. */
  readonly pid: number | undefined;
  /** Present when it was started with an input. */
  readonly stdin?: Writable | undefined;
  readonly stdout: Readable;
  readonly stderr: Readable | undefined;
  /** How it ended by itself; settles when it is gone, never rejects, and does not wait for its streams. */
  readonly exited: Promise<ProcessEndCause>;
}

export interface SpawnOptions {
  readonly line: readonly [command: string, ...args: string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly workingFolder: string;
  readonly stdin: 'ignore' | 'pipe';
}

/** @throws whatever `spawn` throws at once (argument list too long, out of memory). */
export function spawnProcess({ line, env, workingFolder, stdin }: SpawnOptions): StartedProcess {
  const [command, ...args] = line;
  const child = spawn(command, args, {
    shell: false,
    detached: true, // a group of its own, so that grandchildren can be ended with it
    cwd: workingFolder,
    env,
    stdio: [stdin, 'pipe', 'pipe'],
  });
  return {
    pid: child.pid,
    stdin: child.stdin ?? undefined,
    stdout: child.stdout ?? Readable.from([]), // no pipes when the system had no file descriptor left
    stderr: child.stderr ?? undefined,
    exited: exitOf(child),
  };
}

async function exitOf(child: ChildProcess): Promise<ProcessEndCause> {
  try {
    const [exitCode, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    return exitCode === null
      ? { cause: 'signalled', signal: signal ?? 'SIGKILL' }
      : { cause: 'exited', exitCode };
  } catch (error) {
    return { cause: 'notStarted', error: error as Error }; // 'error' before 'exit': there never was a process
  }
}
