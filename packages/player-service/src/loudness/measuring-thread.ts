import type { Logger } from 'pino';
import type { Media } from '../audio/media.ts';
import { JobThread } from '../threads/job-thread.ts';
import type { MeasuringLimits, MeasuringSettings } from './thread/measuring-settings.ts';
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
/** A thread that has not answered so long after a deadline of its own hangs. */
const GRACE_MS = 30_000;

/**
 * One thread of lowest priority that reads tracks through and measures them. It begins with the first of them, and ends
 * when there was none for a while. A crash fails what it was at.
 */
export class MeasuringThread implements AsyncDisposable {
  readonly #thread: JobThread<Media, TrackLoudness>;

  constructor(options: MeasuringThreadOptions) {
    const {
      ffmpegPath,
      searchPath,
      temporaryFolder,
      proxyUrl,
      log,
      entry = ENTRY,
      idleMs = IDLE_MS,
    } = options;
    const limits: MeasuringLimits = { ...DEFAULT_LIMITS, ...options.limits };
    const settings: MeasuringSettings = { ffmpegPath, searchPath, temporaryFolder, proxyUrl, limits };
    this.#thread = new JobThread({
      name: 'measuring',
      entry,
      settings,
      maxHeapMb: MAX_HEAP_MB,
      startDeadlineMs: START_DEADLINE_MS,
      answerDeadlineMs: limits.deadlineMs + GRACE_MS,
      idleMs,
      failureCode: 'DECODER_FAILED',
      onProblem: (error) => log.error({ err: error }, 'the measuring thread failed'),
    });
  }

  /** Whether the thread exists at the moment. */
  get isRunning(): boolean {
    return this.#thread.isRunning;
  }

  /**
   * Measures the whole of it. Settles only once the thread is done with it, after an abort too.
   *
   * @throws PlayerError what it could not be measured for, or `signal.reason` once aborted.
   */
  measure(media: Media, signal: AbortSignal): Promise<TrackLoudness> {
    return this.#thread.run(media, signal);
  }

  /** Ends what is being measured, and the thread with its children. */
  close(): Promise<void> {
    return this.#thread.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
