import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { kill } from 'node:process';
import { Readable, type Writable } from 'node:stream';
import type { ProcessEnd, ProcessEndCause } from './process-end.ts';
import { TailBuffer } from './tail-buffer.ts';

export interface RunningChildOptions {
  readonly line: readonly [command: string, ...args: string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly workingFolder: string;
  readonly stdin: 'ignore' | 'pipe';
  /** From start to end; the group is ended when it passes. */
  readonly deadlineMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Between SIGTERM and SIGKILL to the whole group. */
  readonly killGraceMs: number;
}

const STDERR_TAIL_BYTES = 64 * 1024;
/** A child that complains faster than this is held back by its pipe; reading a flood would cost a core. */
const STDERR_BURST_BYTES = 1024 * 1024;
const STDERR_REST_MS = 100;
/** How long a process that left the group may hold our pipe after the child itself is gone. */
const STRAGGLER_MS = 500;

/** One child process in a group of its own, from its start until no member of the group is left. */
export class RunningChild {
  readonly stdout: Readable;
  /** Present when the child was started with `stdin: 'pipe'`. Writing to a child that is gone fails on the stream, nowhere else. */
  readonly stdin: Writable | undefined;
  /** Settles once the group is gone; never rejects. Does not wait for `stdout` to be read. */
  readonly ended: Promise<ProcessEnd>;

  readonly #process: ChildProcess;
  readonly #killGraceMs: number;
  readonly #stderr = new TailBuffer(STDERR_TAIL_BYTES);
  /** Why we ended it; absent while it may still end by itself. */
  #stopCause: ProcessEndCause | undefined;
  #groupGone = false;
  #killTimer: NodeJS.Timeout | undefined;

  /** @throws whatever `spawn` throws at once (argument list too long, out of memory). */
  constructor(options: RunningChildOptions) {
    const [command, ...args] = options.line;
    const child = spawn(command, args, {
      shell: false,
      detached: true, // a group of its own, so that grandchildren can be ended with it
      cwd: options.workingFolder,
      env: options.env,
      stdio: [options.stdin, 'pipe', 'pipe'],
    });
    this.#process = child;
    this.#killGraceMs = options.killGraceMs;
    this.stdout = child.stdout ?? Readable.from([]); // no pipes when the system had no file descriptor left
    this.stdin = child.stdin ?? undefined;
    this.stdin?.on('error', () => {}); // EPIPE of a child that ended first; `ended` tells why
    this.#readStderr();
    this.ended = this.#watch(options);
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** What the child has complained about so far (the last 64 kB). */
  get stderrTail(): string {
    return this.#stderr.toString();
  }

  /** Ends the whole group: SIGTERM, then SIGKILL after the grace. The first cause given is the one reported. */
  stop(cause: ProcessEndCause = { cause: 'aborted' }): Promise<ProcessEnd> {
    if (this.#stopCause === undefined && !this.#groupGone) {
      this.#stopCause = cause;
      this.#signalGroup('SIGTERM');
      this.#killTimer = setTimeout(() => this.#signalGroup('SIGKILL'), this.#killGraceMs);
    }
    return this.ended;
  }

  #readStderr(): void {
    const { stderr } = this.#process;
    let burstBytes = 0;
    stderr?.on('data', (chunk: Buffer) => {
      this.#stderr.push(chunk);
      burstBytes += chunk.length;
      if (burstBytes < STDERR_BURST_BYTES || this.#groupGone) return;
      burstBytes = 0;
      stderr.pause();
      setTimeout(() => stderr.resume(), STDERR_REST_MS);
    });
  }

  async #watch({ deadlineMs, signal }: RunningChildOptions): Promise<ProcessEnd> {
    const onAbort = () => void this.stop();
    const deadline =
      deadlineMs === undefined
        ? undefined
        : setTimeout(() => void this.stop({ cause: 'timedOut', deadlineMs }), deadlineMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      const own = await this.#leaderEnded();
      await this.#stderrClosed();
      const cause = own.cause === 'notStarted' ? own : (this.#stopCause ?? own);
      return { ...cause, stderr: this.#stderr.toString() };
    } finally {
      clearTimeout(deadline);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  async #leaderEnded(): Promise<ProcessEndCause> {
    const child = this.#process;
    let own: ProcessEndCause;
    try {
      const [exitCode, exitSignal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
      own =
        exitCode === null
          ? { cause: 'signalled', signal: exitSignal ?? 'SIGKILL' }
          : { cause: 'exited', exitCode };
    } catch (error) {
      own = { cause: 'notStarted', error: error as Error }; // 'error' before 'exit': there never was a process
    }
    // Grandchildren that outlived the leader go with it.
    this.#signalGroup('SIGKILL');
    this.#groupGone = true;
    this.#process.stderr?.resume();
    clearTimeout(this.#killTimer);
    return own;
  }

  async #stderrClosed(): Promise<void> {
    const { stderr } = this.#process;
    if (!stderr || stderr.closed || this.#process.pid === undefined) return;
    const straggler = setTimeout(() => {
      stderr.destroy(); // held open by a process that left the group
      this.stdout.destroy();
    }, STRAGGLER_MS);
    await once(stderr, 'close');
    clearTimeout(straggler);
  }

  #signalGroup(signal: NodeJS.Signals): void {
    const { pid } = this.#process;
    if (pid === undefined || this.#groupGone) return;
    try {
      kill(-pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // ESRCH: the group is empty already
    }
  }
}
