import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type ErrorCode, PlayerError } from '@bandstand/protocol';
import type { FromJobThread, ToJobThread } from './job-messages.ts';
import type { PlainFailure } from './plain-failure.ts';

export interface JobThreadOptions {
  /** For messages: `measuring`. */
  readonly name: string;
  /** A program that calls `serveJobs`. */
  readonly entry: URL;
  /** `workerData` of the program: plain data. */
  readonly settings: object;
  readonly maxHeapMb: number;
  /** From the beginning of the thread until it takes jobs. */
  readonly startDeadlineMs: number;
  /** Its program answers every job sooner; a thread that does not hangs, and is ended with all it is at. */
  readonly answerDeadlineMs: number;
  /** After its last job the thread is kept for so long; for good when absent. */
  readonly idleMs?: number | undefined;
  /** What jobs fail with when the thread ends under them, or has a bug. */
  readonly failureCode: ErrorCode;
  /** Told of every crash and every bug; jobs that are lost by them fail besides. */
  readonly onProblem: (error: PlayerError) => void;
}

const STOP_DEADLINE_MS = 1_000;

interface RunningJob<Result> extends PromiseWithResolvers<Result> {
  readonly worker: Worker;
}

/**
 * A thread that is given jobs and answers each. It begins with the first of them, or with `start`, and may end when there was none for
 * a while. A crash fails what it was at, and the next job begins it anew.
 */
export class JobThread<Job, Result> implements AsyncDisposable {
  readonly #options: JobThreadOptions;
  readonly #jobs = new Map<number, RunningJob<Result>>();
  /** One, and perhaps one that is on its way out. */
  readonly #workers = new Set<Worker>();
  #running: Promise<Worker> | undefined;
  #idleTimer: NodeJS.Timeout | undefined;
  /** Who waits for an answer, or for the thread to begin. */
  #asking = 0;
  #lastId = 0;
  #isClosed = false;

  constructor(options: JobThreadOptions) {
    this.#options = options;
  }

  /** Whether the thread exists at the moment. */
  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /**
   * Begins the thread before there is anything to do, so that the first job need not wait for that.
   *
   * @throws PlayerError when it cannot.
   */
  async start(): Promise<void> {
    await this.#worker();
  }

  /**
   * Does one job. Settles only once the thread is done with it, after an abort too.
   *
   * @throws PlayerError what the job failed for, or `signal.reason` once aborted.
   */
  async run(job: Job, signal: AbortSignal): Promise<Result> {
    signal.throwIfAborted();
    clearTimeout(this.#idleTimer);
    this.#asking++;
    try {
      const worker = await this.#worker();
      if (this.#isClosed) throw this.#closed();
      signal.throwIfAborted();
      return await this.#give(worker, job, signal);
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    } finally {
      this.#asking--;
      if (this.#asking === 0) this.#endWhenIdle();
    }
  }

  /** Fails what it is at, and ends the thread with its children. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#idleTimer);
    await Promise.all([...this.#workers].map(stop));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #give(worker: Worker, job: Job, signal: AbortSignal): Promise<Result> {
    const id = ++this.#lastId;
    const running: RunningJob<Result> = { worker, ...Promise.withResolvers<Result>() };
    this.#jobs.set(id, running);
    const post = (message: ToJobThread<Job>) => worker.postMessage(message);
    const onAbort = () => post({ type: 'cancel', id });
    const hung = setTimeout(() => void worker.terminate(), this.#options.answerDeadlineMs);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      post({ type: 'job', id, job });
      return await running.promise;
    } finally {
      clearTimeout(hung);
      signal.removeEventListener('abort', onAbort);
      this.#jobs.delete(id);
    }
  }

  #worker(): Promise<Worker> {
    if (this.#isClosed) throw this.#closed();
    if (this.#running === undefined) {
      const running = this.#begin();
      const forget = () => {
        if (this.#running === running) this.#running = undefined;
      };
      running.then((worker) => worker.once('exit', forget), forget); // the next one may try again
      this.#running = running;
    }
    return this.#running;
  }

  async #begin(): Promise<Worker> {
    const { entry, settings, maxHeapMb, startDeadlineMs } = this.#options;
    const worker = new Worker(entry, {
      workerData: settings,
      resourceLimits: { maxOldGenerationSizeMb: maxHeapMb },
      env: {},
      execArgv: [],
    });
    this.#workers.add(worker);
    const started = Promise.withResolvers<void>();
    let crash: unknown;
    worker.on('message', (message: FromJobThread<Result>) => {
      if (message.type === 'started') started.resolve();
      else this.#receive(message);
    });
    worker.on('error', (error) => {
      crash = error;
    });
    worker.on('exit', (exitCode) => {
      const failure = this.#isClosed ? this.#closed() : this.#ended(exitCode, crash);
      started.reject(failure);
      this.#bury(worker, exitCode, failure);
    });
    const deadline = setTimeout(() => void worker.terminate(), startDeadlineMs);
    await started.promise.finally(() => clearTimeout(deadline));
    return worker;
  }

  #receive(message: Exclude<FromJobThread<Result>, { type: 'started' }>): void {
    const job = this.#jobs.get(message.id);
    if (message.type === 'done') job?.resolve(message.result);
    else job?.reject(this.#revive(message.failure));
  }

  #revive({ code, message, details, stack }: PlainFailure): PlayerError {
    if (stack === undefined) return new PlayerError(code, message, { details });
    const bug = new PlayerError(this.#options.failureCode, `${message} on the ${this.#options.name} thread`, {
      details,
    });
    bug.stack = stack;
    this.#options.onProblem(bug);
    return bug;
  }

  #bury(worker: Worker, exitCode: number, failure: PlayerError): void {
    this.#workers.delete(worker);
    for (const job of this.#jobs.values()) if (job.worker === worker) job.reject(failure);
    if (exitCode !== 0 && !this.#isClosed) this.#options.onProblem(failure);
  }

  #endWhenIdle(): void {
    clearTimeout(this.#idleTimer);
    const { idleMs } = this.#options;
    if (this.#isClosed || idleMs === undefined) return;
    this.#idleTimer = setTimeout(() => void this.#end(), idleMs).unref();
  }

  /** What is asked for from now on gets a thread of its own. */
  async #end(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    const worker = await running;
    if (worker !== undefined) await stop(worker);
  }

  #ended(exitCode: number, cause: unknown): PlayerError {
    const { failureCode, name } = this.#options;
    return new PlayerError(failureCode, `the ${name} thread ended`, { cause, details: { exitCode } });
  }

  #closed(): PlayerError {
    return new PlayerError('PLAYER_SHUTTING_DOWN', `the ${this.#options.name} thread takes no more jobs`);
  }
}

async function stop(worker: Worker): Promise<void> {
  const exit = once(worker, 'exit', { signal: AbortSignal.timeout(STOP_DEADLINE_MS) });
  worker.postMessage({ type: 'shutdown' } satisfies ToJobThread<never>);
  try {
    await exit;
  } catch {
    await worker.terminate(); // it hangs, or its children do; they go with it
  }
}
