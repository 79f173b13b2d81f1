import { fileURLToPath } from 'node:url';
import type { ChildProcesses } from '../../../subprocess/child-processes.ts';
import type { ResourceLimits } from '../../../subprocess/launchers.ts';
import { describeProcessEnd, type ProcessEnd } from '../../../subprocess/process-end.ts';
import { RunningChild } from '../../../subprocess/running-child.ts';
import { untilAborted } from '../../sharing/until-aborted.ts';
import { readLines } from '../read-lines.ts';
import type { YtDlpPython } from './find-python.ts';
import { Fork } from './fork.ts';
import type { MeetingPoint } from './meeting-point.ts';
import {
  requestLimits,
  type ZygoteMessage,
  type ZygoteRequest,
  type ZygoteSettings,
  zygoteMessageSchema,
} from './messages.ts';

export interface ZygoteOptions {
  readonly children: ChildProcesses;
  readonly meetingPoint: MeetingPoint;
  readonly python: YtDlpPython;
  readonly program: string;
  readonly rehearsal: readonly string[];
  /** Of each fork, from its start to its end. */
  readonly deadlineMs: number;
  /** Of each fork. */
  readonly limits: ResourceLimits;
  /** Ends the parent, with its forks. */
  readonly signal: AbortSignal;
}

type Ready = Extract<ZygoteMessage, { type: 'ready' }>;

const SCRIPT = fileURLToPath(new URL('zygote.py', import.meta.url));
/** A cold start on a slow disk compiles all of yt-dlp once. */
const BOOT_MS = 30_000;
const FORK_MS = 5_000;
const ARRIVAL_MS = 500;
/** How long a fork may go on after its output ended, and its parent be silent about one that must be gone. */
const OVERDUE_MS = 3_000;
const LINE_LIMITS = {
  maxLines: Number.POSITIVE_INFINITY,
  maxLineBytes: 64 * 1024,
  maxTotalBytes: Number.POSITIVE_INFINITY,
};

/** One Python that has yt_dlp loaded and forks for every request, from its start to its end. */
export class Zygote {
  readonly ended: Promise<ProcessEnd>;
  readonly #options: ZygoteOptions;
  readonly #child: RunningChild;
  readonly #forks = new Map<number, Fork>();
  readonly #ready = Promise.withResolvers<Ready>();
  #version = '';
  #module = '';
  #lastId = 0;
  #isGone = false;
  #complaint: string | undefined;

  /** @throws when it does not become ready; nothing is left of it then. */
  static async boot(options: ZygoteOptions): Promise<Zygote> {
    const { children, python, limits, meetingPoint, program, rehearsal, signal } = options;
    const child = await children.stream({
      program: python.interpreter,
      args: ['-I', SCRIPT], // -I: nothing of the environment, the working folder or the user slips in
      stdin: 'pipe',
      signal,
      dataBytes: limits.dataBytes,
      niceness: limits.niceness,
    });
    if (!(child instanceof RunningChild))
      throw new Error(`${python.interpreter} ${describeProcessEnd(child)}`);
    const zygote = new Zygote(options, child);
    zygote.#send({ socket: meetingPoint.path, library: python.library ?? null, program, rehearsal });
    const timer = setTimeout(() => void child.stop({ cause: 'timedOut', deadlineMs: BOOT_MS }), BOOT_MS);
    try {
      const { version, module } = await zygote.#ready.promise;
      zygote.#version = version;
      zygote.#module = module;
      return zygote;
    } catch (error) {
      await zygote.close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  private constructor(options: ZygoteOptions, child: RunningChild) {
    this.#options = options;
    this.#child = child;
    this.#ready.promise.catch(() => {}); // `boot` looks at it
    this.ended = this.#listen();
  }

  /** As yt_dlp tells it. */
  get version(): string {
    return this.#version;
  }

  /** A file of yt_dlp that changes with its version; inside a zip archive if yt_dlp is. */
  get module(): string {
    return this.#module;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Why it was ended, when it had stopped working. */
  get complaint(): string | undefined {
    return this.#complaint;
  }

  /** Requests it was given so far. */
  get served(): number {
    return this.#lastId;
  }

  /**
   * Starts one request. What is returned is a child like any other, except that it dies with its parent.
   *
   * @throws `signal.reason` once aborted, and a plain error when the parent cannot: the request may be made in another way.
   */
  async fork(args: readonly string[], signal: AbortSignal): Promise<RunningChild> {
    if (args.some((arg) => arg.includes('\0'))) throw new TypeError('an argument holds a zero');
    const starting = this.#start(args, signal);
    try {
      return await untilAborted(starting, signal);
    } catch (error) {
      starting.then(discard, () => {});
      throw error;
    }
  }

  /** No more requests; it ends when those under way have ended. */
  retire(): void {
    this.#child.stdin?.end();
  }

  /** Ends it, with all its forks. */
  async close(): Promise<void> {
    this.#child.stdout.destroy();
    await this.#child.stop();
    await this.ended;
  }

  async #start(args: readonly string[], signal: AbortSignal): Promise<RunningChild> {
    const { children, meetingPoint, deadlineMs, limits } = this.#options;
    if (this.#isGone || this.#complaint !== undefined) throw new Error('the parent is gone');
    const id = ++this.#lastId;
    const fork = new Fork();
    this.#forks.set(id, fork);
    using meeting = meetingPoint.expect();
    this.#send({
      id,
      token: meeting.token,
      args: args.map((arg) => arg.toWellFormed()), // as the arguments of a process are
      limits: requestLimits(limits),
    });
    const onLate = () => this.#complain('the parent does not fork');
    const started = await fork.meet(meeting, { forkMs: FORK_MS, arrivalMs: ARRIVAL_MS, onLate });
    const child = children.adopt(started, { signal, deadlineMs });
    this.#watch(child, deadlineMs);
    return child;
  }

  /** Whoever waits for a fork's end waits for the word of its parent, which must not fail to come. */
  #watch(child: RunningChild, deadlineMs: number): void {
    let timer: NodeJS.Timeout;
    const expectEndIn = (delayMs: number) => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        void child.stop();
        timer = setTimeout(() => this.#complain('the parent does not tell of an end'), OVERDUE_MS);
      }, delayMs);
    };
    expectEndIn(deadlineMs + OVERDUE_MS);
    const onClose = () => expectEndIn(OVERDUE_MS);
    child.stdout.once('close', onClose);
    void child.ended.then(() => {
      child.stdout.off('close', onClose);
      clearTimeout(timer);
    });
  }

  #send(line: ZygoteSettings | ZygoteRequest): void {
    this.#child.stdin?.write(`${JSON.stringify(line)}\n`);
  }

  #complain(complaint: string): void {
    this.#complaint ??= complaint;
    void this.#child.stop();
  }

  async #listen(): Promise<ProcessEnd> {
    try {
      for await (const { text } of readLines(this.#child.stdout, LINE_LIMITS)) {
        this.#hear(zygoteMessageSchema.parse(JSON.parse(text)));
      }
    } catch {
      void this.#child.stop(); // told by its end: it says something else than a zygote, or was told to stop
    }
    const end = await this.#child.ended;
    this.#ready.reject(new Error(`the parent ${describeProcessEnd(end)}: ${lastLine(end.stderr)}`));
    this.#isGone = true;
    for (const fork of this.#forks.values()) fork.orphan();
    this.#forks.clear();
    return end;
  }

  #hear(message: ZygoteMessage): void {
    if (message.type === 'ready') {
      this.#ready.resolve(message);
      return;
    }
    if (this.#forks.get(message.id)?.hear(message) === true) this.#forks.delete(message.id);
  }
}

function discard(child: RunningChild): void {
  child.stdout.destroy();
  void child.stop();
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.slice(0, 200) ?? '';
}
