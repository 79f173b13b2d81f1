import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { PlayerError } from '@bandstand/protocol';
import type { Logger } from 'pino';
import { Playback } from './playback.ts';
import type { FromThread, PlaybackMessage, ThreadLoad, ThreadSettings, ToThread } from './thread/messages.ts';
import { ThreadHeartbeat } from './thread-heartbeat.ts';

export interface AudioWorkerOptions {
  readonly settings: ThreadSettings;
  readonly log: Logger;
  /** The thread's program; another one only in tests. */
  readonly entry?: URL;
  /** Between two signs of life that are asked for; five missed in a row make it a hung thread. */
  readonly heartbeatMs?: number;
}

const ENTRY = new URL('./thread/audio-thread.ts', import.meta.url);
/** Most of what a thread makes lives for one turn. A small nursery is emptied often; a large one only holds memory. */
const HEAP_LIMITS = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 24 };
const START_DEADLINE_MS = 10_000;
const STOP_DEADLINE_MS = 2_000;
const HEARTBEAT_MS = 1_000;
const MAX_MISSED_BEATS = 5;
/** A thread that crashes more often than this is not started again until the crashes are old enough. */
const MAX_CRASHES = 5;
const CRASH_WINDOW_MS = 60_000;

/** One audio thread with its playbacks. When the thread crashes or hangs, they fail, and the next one to be opened starts it anew. */
export class AudioWorker {
  readonly #options: AudioWorkerOptions;
  readonly #playbacks = new Map<number, Playback>();
  #running: Promise<Worker> | undefined;
  #crashedAtMs: number[] = [];
  #isClosed = false;
  #load: ThreadLoad | undefined;

  constructor(options: AudioWorkerOptions) {
    this.#options = options;
  }

  /** How many playbacks live on this thread. */
  get size(): number {
    return this.#playbacks.size;
  }

  /** As of its last sign of life; `undefined` while it does not run. */
  get load(): ThreadLoad | undefined {
    return this.#load;
  }

  /** @throws PlayerError `DECODER_FAILED` when the thread cannot be started, or crashed too often of late. */
  async start(): Promise<void> {
    await this.#worker();
  }

  /** Opens a playback; `message` carries its id. */
  async open(message: ToThread & { type: 'open' }): Promise<Playback> {
    const worker = await this.#worker();
    const post = (outgoing: ToThread) => worker.postMessage(outgoing);
    const { id, startAtMs, sound } = message;
    const playback = new Playback({ id, startAtMs, sound, post, thread: worker });
    this.#playbacks.set(id, playback);
    post(message);
    return playback;
  }

  /** Closes all playbacks and ends the thread. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const worker = await this.#running?.catch(() => undefined); // a failed start left nothing to end
    if (worker === undefined) return;
    const exit = once(worker, 'exit', { signal: AbortSignal.timeout(STOP_DEADLINE_MS) });
    worker.postMessage({ type: 'shutdown' } satisfies ToThread);
    try {
      await exit;
    } catch {
      this.#options.log.warn('an audio thread did not end in time');
      await worker.terminate();
    }
  }

  #worker(): Promise<Worker> {
    this.#running ??= this.#startWorker();
    return this.#running;
  }

  async #startWorker(): Promise<Worker> {
    try {
      if (this.#isClosed) throw new PlayerError('PLAYER_SHUTTING_DOWN', 'the audio engine is closed');
      const now = performance.now();
      this.#crashedAtMs = this.#crashedAtMs.filter((atMs) => now - atMs < CRASH_WINDOW_MS);
      if (this.#crashedAtMs.length >= MAX_CRASHES)
        throw new PlayerError('DECODER_FAILED', 'an audio thread keeps crashing');
      return await this.#spawn();
    } catch (error) {
      this.#running = undefined; // the next one may try again
      throw error;
    }
  }

  async #spawn(): Promise<Worker> {
    const { settings, entry = ENTRY } = this.#options;
    const worker = new Worker(entry, {
      workerData: settings,
      resourceLimits: HEAP_LIMITS,
      env: {},
      execArgv: [],
    });
    const started = Promise.withResolvers<void>();
    let crash: unknown;
    let heartbeat: ThreadHeartbeat | undefined;
    worker.on('message', (message: FromThread) => {
      heartbeat?.answered(); // whatever it says, it lives
      if (message.type === 'started') {
        heartbeat = this.#listenFor(worker, (error) => {
          crash = error;
        });
        started.resolve();
      } else if (message.type === 'alive') this.#note(message.load);
      else this.#receive(message);
    });
    worker.on('error', (error) => {
      crash = error;
    });
    worker.on('exit', (exitCode) => {
      heartbeat?.stop();
      started.reject(new PlayerError('DECODER_FAILED', 'an audio thread did not start', { cause: crash }));
      this.#ended(exitCode, crash);
    });
    const deadline = setTimeout(() => void worker.terminate(), START_DEADLINE_MS);
    try {
      await started.promise;
      return worker;
    } finally {
      clearTimeout(deadline);
    }
  }

  #listenFor(worker: Worker, onHung: (error: Error) => void): ThreadHeartbeat {
    return new ThreadHeartbeat({
      periodMs: this.#options.heartbeatMs ?? HEARTBEAT_MS,
      maxMissed: MAX_MISSED_BEATS,
      beat: () => worker.postMessage({ type: 'beat' } satisfies ToThread),
      onHung: () => {
        onHung(new Error('the thread gave no sign of life'));
        void worker.terminate();
      },
    });
  }

  #note(load: ThreadLoad): void {
    const { complexity } = this.#load ?? load;
    this.#load = load;
    if (load.complexity < complexity)
      this.#options.log.warn(load, 'an audio thread has too much to do: encoding with less effort');
    else if (load.complexity > complexity)
      this.#options.log.info(load, 'an audio thread has room again: encoding with more effort');
  }

  #receive(message: PlaybackMessage): void {
    const playback = this.#playbacks.get(message.id);
    if (message.type === 'closed') this.#playbacks.delete(message.id);
    if (message.type === 'finished' && message.failure?.stack !== undefined) {
      this.#options.log.error({ err: message.failure }, 'bug on an audio thread');
    }
    playback?.receive(message);
  }

  #ended(exitCode: number, crash: unknown): void {
    this.#running = undefined;
    this.#load = undefined;
    const orphans = [...this.#playbacks.values()];
    this.#playbacks.clear();
    if (!this.#isClosed) {
      this.#crashedAtMs.push(performance.now());
      this.#options.log.error({ err: crash, exitCode, playbacks: orphans.length }, 'an audio thread crashed');
    }
    const failure = new PlayerError('DECODER_FAILED', 'an audio thread ended', { details: { exitCode } });
    for (const playback of orphans) playback.abandon(failure);
  }
}
