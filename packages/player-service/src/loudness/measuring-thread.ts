import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { PlayerError } from '@bandstand/protocol';
import type { Logger } from 'pino';
import type { Media } from '../audio/media.ts';
import type { FromMeasuring, MeasuringLimits, MeasuringSettings, ToMeasuring } from './thread/messages.ts';
import type { TrackLoudness } from './track-loudness.ts';

export interface MeasuringThreadOptions extends Omit<MeasuringSettings, 'limits'> {
  readonly limits: Pick<MeasuringLimits, 'maxTrackMs'> & Partial<MeasuringLimits>;
  readonly log: Logger;
  /** The thread's program; another one only in tests. */
  readonly entry?: URL;
  /** After its last measurement the thread is kept for so long. */
  readonly idleMs?: number;
}

const ENTRY = new URL('./thread/measuring-entry.ts', import.meta.url);
const DEFAULT_LIMITS = {
  maxMediaBytes: 1024 ** 3,
  connectTimeoutMs: 10_000,
  stallMs: 30_000,
  deadlineMs: 10 * 60_000,
  maxSpeed: 100,
  decoderMemoryBytes: 512 * 1024 ** 2,
};
const MAX_HEAP_MB = 256;
const IDLE_MS = 60_000;
/** On a busy machine the thread begins slowly: it takes only the time that is left over. */
const START_DEADLINE_MS = 60_000;
const STOP_DEADLINE_MS = 1_000;
/** A thread that has not answered so long after a deadline of its own hangs. */
const GRACE_MS = 30_000;

interface Job extends PromiseWithResolvers<TrackLoudness> {
  readonly worker: Worker;
}

/**
 * One thread of lowest priority that reads tracks through and measures them. It begins with the first of them, and ends
 * when there was none for a while. A crash fails what it was at.
 */
export class MeasuringThread implements AsyncDisposable {
  readonly #options: MeasuringThreadOptions;
  readonly #settings: MeasuringSettings;
  readonly #jobs = new Map<number, Job>();
  /** One, and perhaps one that is on its way out. */
  readonly #workers = new Set<Worker>();
  #running: Promise<Worker> | undefined;
  #idleTimer: NodeJS.Timeout | undefined;
  #nextId = 1;
  #isClosed = false;

  constructor(options: MeasuringThreadOptions) {
    const { ffmpegPath, searchPath, temporaryFolder, proxyUrl, limits } = options;
    this.#options = options;
    this.#settings = {
      ffmpegPath,
      searchPath,
      temporaryFolder,
      proxyUrl,
      limits: { ...DEFAULT_LIMITS, ...limits },
    };
  }

  /** Whether the thread exists at the moment. */
  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /**
   * Measures the whole of it. Settles only once the thread is done with it, after an abort too.
   *
   * @throws PlayerError what it could not be measured for, or `signal.reason` once aborted.
   */
  async measure(media: Media, signal: AbortSignal): Promise<TrackLoudness> {
    signal.throwIfAborted();
    clearTimeout(this.#idleTimer);
    const id = this.#nextId++;
    const worker = await this.#worker();
    if (this.#isClosed) throw closed();
    const job: Job = { worker, ...Promise.withResolvers<TrackLoudness>() };
    this.#jobs.set(id, job);
    const post = (message: ToMeasuring) => worker.postMessage(message);
    const onAbort = () => post({ type: 'cancel', id });
    const hung = setTimeout(() => void worker.terminate(), this.#settings.limits.deadlineMs + GRACE_MS);
    post({ type: 'measure', id, media });
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await job.promise;
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    } finally {
      clearTimeout(hung);
      signal.removeEventListener('abort', onAbort);
      this.#jobs.delete(id);
      if (this.#jobs.size === 0) this.#endWhenIdle();
    }
  }

  /** Ends what is being measured, and the thread with its children. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#idleTimer);
    await Promise.all([...this.#workers].map(stop));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #worker(): Promise<Worker> {
    if (this.#isClosed) throw closed();
    if (this.#running === undefined) {
      const running = this.#start();
      const forget = () => {
        if (this.#running === running) this.#running = undefined;
      };
      running.then((worker) => worker.once('exit', forget), forget); // the next one may try again
      this.#running = running;
    }
    return this.#running;
  }

  async #start(): Promise<Worker> {
    const { entry = ENTRY } = this.#options;
    const worker = new Worker(entry, {
      workerData: this.#settings,
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
      env: {},
      execArgv: [],
    });
    this.#workers.add(worker);
    const started = Promise.withResolvers<void>();
    let crash: unknown;
    worker.on('message', (message: FromMeasuring) => {
      if (message.type === 'started') started.resolve();
      else this.#receive(message);
    });
    worker.on('error', (error) => {
      crash = error;
    });
    worker.on('exit', (exitCode) => {
      const failure = this.#isClosed ? closed() : ended(crash);
      started.reject(failure);
      this.#ended(worker, exitCode, failure);
    });
    const deadline = setTimeout(() => void worker.terminate(), START_DEADLINE_MS);
    await started.promise.finally(() => clearTimeout(deadline));
    return worker;
  }

  #receive(message: Exclude<FromMeasuring, { type: 'started' }>): void {
    const job = this.#jobs.get(message.id);
    if (message.type === 'measured') {
      job?.resolve(message.loudness);
      return;
    }
    const { code, message: text, details, stack } = message.failure;
    if (stack !== undefined) this.#options.log.error({ err: message.failure }, 'bug on the measuring thread');
    job?.reject(new PlayerError(code, text, { details }));
  }

  #ended(worker: Worker, exitCode: number, failure: PlayerError): void {
    this.#workers.delete(worker);
    const orphans = [...this.#jobs.values()].filter((job) => job.worker === worker);
    for (const job of orphans) job.reject(failure);
    if (exitCode !== 0 && !this.#isClosed)
      this.#options.log.error(
        { err: failure, exitCode, jobs: orphans.length },
        'the measuring thread crashed',
      );
  }

  #endWhenIdle(): void {
    clearTimeout(this.#idleTimer);
    if (this.#isClosed) return;
    this.#idleTimer = setTimeout(() => void this.#end(), this.#options.idleMs ?? IDLE_MS).unref();
  }

  /** What is asked for from now on gets a thread of its own. */
  async #end(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    const worker = await running;
    if (worker !== undefined) await stop(worker);
  }
}

function ended(cause: unknown): PlayerError {
  return new PlayerError('DECODER_FAILED', 'the measuring thread ended', { cause });
}

function closed(): PlayerError {
  return new PlayerError('PLAYER_SHUTTING_DOWN', 'nothing is measured any more');
}

async function stop(worker: Worker): Promise<void> {
  const exit = once(worker, 'exit', { signal: AbortSignal.timeout(STOP_DEADLINE_MS) });
  worker.postMessage({ type: 'shutdown' } satisfies ToMeasuring);
  try {
    await exit;
  } catch {
    await worker.terminate(); // it hangs, or its children do; they go with it
  }
}
