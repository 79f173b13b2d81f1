import { stat } from 'node:fs/promises';
import { platform } from 'node:os';
import { setTimeout as after } from 'node:timers/promises';
import { describeProcessEnd, type ProcessEnd } from '../../../subprocess/process-end.ts';
import type { RunningChild } from '../../../subprocess/running-child.ts';
import type { StarterOptions, StarterStatus, YtDlpStarter } from '../starter.ts';
import { findPython } from './find-python.ts';
import { MeetingPoint } from './meeting-point.ts';
import { Zygote } from './zygote.ts';

export interface ForkingStarterOptions extends StarterOptions {
  /** Starts what cannot be forked. */
  readonly fallback: YtDlpStarter;
  readonly rehearsal: readonly string[];
  /** Of yt-dlp; a parent that has loaded another one is not used. Asked again when the files have changed. */
  readonly version: (signal: AbortSignal) => Promise<string>;
  /** Requests that one parent serves; 500 when absent. */
  readonly maxRequests?: number | undefined;
  /** Before a parent that failed is started again, doubled with each failure in a row; one second when absent. */
  readonly restMs?: number | undefined;
  /** Told of every change of the way. */
  readonly onStatus?: ((status: StarterStatus) => void) | undefined;
}

type State =
  /** `reason` says what is served without a parent meanwhile. */
  | { readonly status: 'booting'; readonly reason: string }
  | { readonly status: 'serving'; readonly zygote: Zygote; readonly stamp: string }
  /** It failed; it is started again when the timer ends. */
  | { readonly status: 'resting'; readonly reason: string; readonly timer: NodeJS.Timeout }
  /** There is nothing to fork here. */
  | { readonly status: 'unavailable'; readonly reason: string }
  | { readonly status: 'closed' };

const MOVES: Readonly<Record<State['status'], readonly State['status'][]>> = {
  booting: ['serving', 'resting', 'unavailable', 'closed'],
  serving: ['serving', 'booting', 'resting', 'closed'],
  resting: ['booting', 'closed'],
  unavailable: ['closed'],
  closed: [],
};

const DEFAULT_MAX_REQUESTS = 500;
const DEFAULT_REST_MS = 1_000;
const LONGEST_REST_MS = 5 * 60_000;
/** Who opens a source waits no longer than this for its parent. */
const PATIENCE_MS = 5_000;
/** Whoever served so many did not fail at once. */
const GOOD_SERVICE = 10;

/**
 * Starts yt-dlp by forking a parent that has it loaded, and keeps such a parent alive: replaced when it has served for long or
 * yt-dlp was updated, started again after a rest when it failed. Whatever cannot be forked is started the other way.
 */
export class ForkingStarter implements YtDlpStarter {
  readonly #options: ForkingStarterOptions;
  readonly #meetingPoint: MeetingPoint;
  /** All that live: the one that serves, those that are to take over, and those that finish what they began. */
  readonly #zygotes = new Set<Zygote>();
  readonly #closing = new AbortController();
  #state: State = { status: 'booting', reason: 'not ready yet' };
  #booting: Promise<void>;
  #closed: Promise<void> | undefined;
  #isRelieving = false;
  #failures = 0;

  /** Resolves when the first parent serves, or it is known that there will be none, or it takes long. */
  static async open(options: ForkingStarterOptions): Promise<ForkingStarter> {
    const starter = new ForkingStarter(options, await MeetingPoint.open());
    const patience = new AbortController();
    const late = after(PATIENCE_MS, undefined, { signal: patience.signal }).catch(() => {});
    await Promise.race([starter.#booting, late]);
    patience.abort();
    return starter;
  }

  private constructor(options: ForkingStarterOptions, meetingPoint: MeetingPoint) {
    this.#options = options;
    this.#meetingPoint = meetingPoint;
    this.#booting = this.#boot();
  }

  get status(): StarterStatus {
    const state = this.#state;
    if (state.status === 'serving') return { way: 'fork', parentPid: state.zygote.pid };
    return { way: 'process', reason: state.status === 'closed' ? 'closed' : state.reason };
  }

  async start(args: readonly string[], signal: AbortSignal): Promise<RunningChild | ProcessEnd> {
    await this.#renew();
    const state = this.#state;
    if (state.status === 'serving') {
      try {
        return await state.zygote.fork(args, signal);
      } catch {
        signal.throwIfAborted();
        // Its end may take a moment yet. Other causes are the request's own, and the other way meets them, too.
        if (state.zygote.complaint !== undefined && this.#state === state) this.#rest(state.zygote.complaint);
      }
    }
    return this.#options.fallback.start(args, signal);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#transition({ status: 'closed' });
    this.#closing.abort();
    await this.#booting;
    await Promise.all([...this.#zygotes].map((zygote) => zygote.ended));
    await this.#options.fallback.close();
    await this.#meetingPoint[Symbol.asyncDispose]();
  }

  /** Sees to it that the parent is of the yt-dlp that is installed now, and not worn out. */
  async #renew(): Promise<void> {
    const state = this.#state;
    if (state.status !== 'serving') return;
    const stamp = await this.#stampOf(state.zygote);
    if (this.#state !== state) return;
    if (stamp !== state.stamp) {
      state.zygote.retire();
      this.#transition({ status: 'booting', reason: 'yt-dlp was changed' });
      this.#booting = this.#boot();
    } else if (state.zygote.served >= (this.#options.maxRequests ?? DEFAULT_MAX_REQUESTS)) {
      if (this.#isRelieving) return;
      this.#isRelieving = true;
      this.#booting = this.#boot().finally(() => {
        this.#isRelieving = false;
      });
    }
  }

  /** From booting, or from serving to relieve the parent that serves; ends in another state, and never rejects. */
  async #boot(): Promise<void> {
    const before = this.#state;
    let zygote: Zygote | undefined;
    try {
      zygote = await this.#bootZygote();
      if (zygote === undefined) return;
      const stamp = await this.#stampOf(zygote);
      if (this.#state !== before) return void (await zygote.close());
      if (before.status === 'serving') before.zygote.retire();
      this.#transition({ status: 'serving', zygote, stamp });
    } catch (error) {
      await zygote?.close();
      if (this.#state !== before) return;
      if (before.status === 'serving') before.zygote.retire();
      this.#rest((error as Error).message);
    }
  }

  /** @returns `undefined` when it is known that there is nothing to fork. */
  async #bootZygote(): Promise<Zygote | undefined> {
    const { children, program, version } = this.#options;
    if (platform() !== 'linux') return this.#unavailable('needs Linux');
    const path = await children.locate(program);
    if (path === undefined) return this.#unavailable('no such program');
    const expected = await version(this.#closing.signal);
    const found = await findPython(path, (name) => children.locate(name)).catch((error: Error) => error);
    if (found instanceof Error) return this.#unavailable(found.message);
    const zygote = await Zygote.boot({
      ...this.#options,
      program: path,
      python: found,
      meetingPoint: this.#meetingPoint,
      signal: this.#closing.signal,
    });
    this.#zygotes.add(zygote);
    void zygote.ended.then((end) => this.#lost(zygote, end));
    if (zygote.version === expected) return zygote;
    await zygote.close();
    throw new Error(`Python loads yt_dlp ${zygote.version}, the program is ${expected}`);
  }

  #unavailable(reason: string): undefined {
    if (this.#state.status !== 'booting') throw new Error(reason);
    this.#transition({ status: 'unavailable', reason });
  }

  #lost(zygote: Zygote, end: ProcessEnd): void {
    this.#zygotes.delete(zygote);
    if (this.#state.status !== 'serving' || this.#state.zygote !== zygote) return;
    if (zygote.served >= GOOD_SERVICE) this.#failures = 0;
    this.#rest(zygote.complaint ?? `the parent ${describeProcessEnd(end)}`);
  }

  #rest(reason: string): void {
    const { restMs = DEFAULT_REST_MS } = this.#options;
    const delayMs = Math.min(restMs * 2 ** this.#failures, LONGEST_REST_MS);
    this.#failures++;
    const timer = setTimeout(() => {
      this.#transition({ status: 'booting', reason });
      this.#booting = this.#boot();
    }, delayMs);
    this.#transition({ status: 'resting', reason, timer });
  }

  /** Changes when yt-dlp is replaced. */
  async #stampOf({ module }: Zygote): Promise<string> {
    const path = (await this.#options.children.locate(this.#options.program)) ?? '';
    const stamps = await Promise.all(
      [path, module].map(async (file) => {
        const found = await stat(file).catch(() => undefined); // inside an archive, or just being replaced
        return found === undefined ? 'absent' : `${found.ino} ${found.size} ${found.mtimeMs}`;
      }),
    );
    return stamps.join(', ');
  }

  #transition(next: State): void {
    const previous = this.#state;
    if (!MOVES[previous.status].includes(next.status)) {
      throw new Error(`bug: from ${previous.status} to ${next.status}`);
    }
    if (previous.status === 'resting') clearTimeout(previous.timer);
    this.#state = next;
    if (next.status !== 'closed') this.#options.onStatus?.(this.status);
  }
}
