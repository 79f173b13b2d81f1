import { once } from 'node:events';
import { kill } from 'node:process';
import type { Readable, Writable } from 'node:stream';
import type { ProcessEnd, ProcessEndCause } from './process-end.ts';
import type { StartedProcess } from './started-process.ts';
import { TailBuffer } from './tail-buffer.ts';

export interface RunningChildOptions {
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

  readonly #process: StartedProcess;
  readonly #killGraceMs: number;
  readonly #stderr = new TailBuffer(STDERR_TAIL_BYTES);
  /** Why we ended it; absent while it may still end by itself. */
  #stopCause: ProcessEndCause | undefined;
  #groupGone = false;
  #killTimer: NodeJS.Timeout | undefined;

  constructor(started: StartedProcess, options: RunningChildOptions) {
    this.#process = started;
    this.#killGraceMs = options.killGraceMs;
    this.stdout = started.stdout;
    this.stdin = started.stdin;
    this.stdin?.on('error', () => {}); // EPIPE of a child that ended first; `ended` tells why
    this.#readStderr();
    this.ended = this.#watch(options);
    if (options.signal?.aborted === true) void this.stop();
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
    const own = await this.#process.exited;
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
