import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { findExecutable } from './find-executable.ts';
import {
  LAUNCHER_NAMES,
  LAUNCHER_PROBES,
  type Launchers,
  launchLine,
  type ResourceLimits,
} from './launchers.ts';
import type { ProcessEnd } from './process-end.ts';
import { RunningChild } from './running-child.ts';
import { type StartedProcess, spawnProcess } from './started-process.ts';

export interface ChildProcessesOptions {
  /** Where bare program names are looked up; also the children's `PATH`. */
  readonly searchPath: string;
  /** An existing folder; a private one is made inside and removed at the end. */
  readonly parentFolder: string;
  readonly killGraceMs?: number;
}

export interface Command extends ResourceLimits {
  /** An absolute path, or a bare name that is looked up in `searchPath`. */
  readonly program: string;
  readonly args: readonly string[];
  readonly signal?: AbortSignal | undefined;
  /** From start to end; without one, only `signal` and `stop()` end the child. */
  readonly deadlineMs?: number | undefined;
}

export interface CollectCommand extends Command {
  readonly deadlineMs: number;
  /** 16 MiB when absent. More ends the child with cause `outputLimit`. */
  readonly maxStdoutBytes?: number;
}

export interface StreamCommand extends Command {
  readonly stdin?: 'ignore' | 'pipe';
}

export interface Collected {
  readonly end: ProcessEnd;
  /** Everything the child wrote before it ended; at most the cap. */
  readonly stdout: Buffer;
}

const DEFAULT_MAX_STDOUT_BYTES = 16 * 1024 * 1024;
const DEFAULT_KILL_GRACE_MS = 1_000;
const PROBE_DEADLINE_MS = 2_000;

/**
 * The one door to child processes: no shell, nothing of our environment but `PATH`, an empty home, a group per child.
 * Each thread opens its own; closing it (or the death of the thread) leaves no child behind.
 */
export class ChildProcesses implements AsyncDisposable {
  readonly #options: ChildProcessesOptions;
  readonly #folder: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #living = new Set<RunningChild>();
  readonly #programs = new Map<string, string>();
  #launchers: Launchers = { prlimit: undefined, setpriv: undefined, nice: undefined };
  #closing: Promise<void> | undefined;

  /** Makes the private folder and finds out which limits this host can set. */
  static async open(options: ChildProcessesOptions): Promise<ChildProcesses> {
    const folder = await mkdtemp(join(options.parentFolder, 'bandstand-child-'));
    const children = new ChildProcesses(options, folder);
    await mkdir(join(folder, 'home'));
    await mkdir(join(folder, 'tmp'));
    await chmod(join(folder, 'home'), 0o500); // stays empty: no child finds or leaves a configuration there
    children.#launchers = await children.#findLaunchers();
    return children;
  }

  private constructor(options: ChildProcessesOptions, folder: string) {
    this.#options = options;
    this.#folder = folder;
    this.#env = {
      PATH: options.searchPath,
      HOME: join(folder, 'home'),
      LANG: 'C.UTF-8',
      TMPDIR: join(folder, 'tmp'),
    };
  }

  /** With these, another thread opens its own. */
  get options(): ChildProcessesOptions {
    return this.#options;
  }

  /** How many children run now. */
  get size(): number {
    return this.#living.size;
  }

  /** Which limits are in force on this host; for the start-up log. */
  get launchers(): Launchers {
    return this.#launchers;
  }

  /**
   * Where a program is, looked up once.
   *
   * @returns `undefined` when there is none of that name that may be run.
   */
  async locate(program: string): Promise<string | undefined> {
    const known = this.#programs.get(program);
    if (known !== undefined) return known;
    const path = await findExecutable(program, this.#options.searchPath);
    if (path !== undefined) this.#programs.set(program, path);
    return path;
  }

  /** Runs to the end and keeps what it wrote. Never rejects for what the child does: see `end.cause`. */
  async collect(command: CollectCommand): Promise<Collected> {
    const limitBytes = command.maxStdoutBytes ?? DEFAULT_MAX_STDOUT_BYTES;
    const child = await this.stream(command);
    if (!(child instanceof RunningChild)) return { end: child, stdout: Buffer.alloc(0) };

    const chunks: Buffer[] = [];
    let heldBytes = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      if (heldBytes + chunk.length > limitBytes) {
        child.stdout.destroy();
        void child.stop({ cause: 'outputLimit', limitBytes });
        return;
      }
      chunks.push(chunk);
      heldBytes += chunk.length;
    });
    // Ends by EOF or by destruction; both are told by `end`.
    const read = finished(child.stdout, { writable: false }).catch(() => {});
    const end = await child.ended;
    await read;
    return { end, stdout: Buffer.concat(chunks) };
  }

  /**
   * Starts a child whose standard output the caller reads; what is not read holds the child back.
   *
   * @returns The running child, or how it ended when there never was one (absent, aborted before, closed).
   */
  async stream(command: StreamCommand): Promise<RunningChild | ProcessEnd> {
    const program = await this.locate(command.program);
    if (command.signal?.aborted === true) return { cause: 'aborted', stderr: '' };
    if (this.#closing !== undefined) return notStarted(new Error('the player is shutting down'));
    if (program === undefined) return notStarted(new Error(`no such program: ${command.program}`));

    let started: StartedProcess;
    try {
      started = spawnProcess({
        line: launchLine(this.#launchers, command, program, command.args),
        env: this.#env,
        workingFolder: join(this.#folder, 'home'),
        stdin: command.stdin ?? 'ignore',
      });
    } catch (error) {
      return notStarted(error as Error);
    }
    return this.adopt(started, command);
  }

  /** Takes on a process that one of our children started: from here on it is watched and ended like a child of our own. */
  adopt(
    started: StartedProcess,
    { signal, deadlineMs }: Pick<Command, 'signal' | 'deadlineMs'>,
  ): RunningChild {
    const child = new RunningChild(started, {
      deadlineMs,
      signal,
      killGraceMs: this.#options.killGraceMs ?? DEFAULT_KILL_GRACE_MS,
    });
    this.#living.add(child);
    void child.ended.then(() => this.#living.delete(child));
    if (this.#closing !== undefined) void child.stop();
    return child;
  }

  /** Ends every child with its group, waits until they are gone and removes the private folder. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    await Promise.all(
      [...this.#living].map((child) => {
        child.stdout.destroy(); // nobody reads on; a pipe that is full would hold the stream open
        return child.stop();
      }),
    );
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** A launcher counts only if it works: other makes of the same name know other options. */
  async #findLaunchers(): Promise<Launchers> {
    const found = await Promise.all(
      LAUNCHER_NAMES.map(async (name) => {
        const probe = { program: name, args: LAUNCHER_PROBES[name], deadlineMs: PROBE_DEADLINE_MS };
        const { end } = await this.collect(probe);
        const works = end.cause === 'exited' && end.exitCode === 0;
        return [name, works ? this.#programs.get(name) : undefined] as const;
      }),
    );
    return Object.fromEntries(found) as Record<(typeof LAUNCHER_NAMES)[number], string | undefined>;
  }
}

function notStarted(error: Error): ProcessEnd {
  return { cause: 'notStarted', error, stderr: '' };
}
