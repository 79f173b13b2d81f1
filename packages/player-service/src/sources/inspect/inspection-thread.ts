import { PlayerError } from '@bandstand/protocol';
import { JobThread } from '../../threads/job-thread.ts';
import { SingleFlight } from '../sharing/single-flight.ts';
import { LONGEST_MS } from './ffprobe.ts';
import type { MediaDescription, MediaProbe } from './media-probe.ts';
import type { InspectionJob, InspectionSettings } from './thread/inspection-messages.ts';

export interface InspectionThreadOptions extends InspectionSettings {
  /** The thread failed, or has too much to do: descriptions are unknown that need not be. */
  readonly onProblem: (error: PlayerError) => void;
  /** The thread's program; another one only in tests. */
  readonly entry?: URL;
}

const ENTRY = new URL('./thread/inspection-program.ts', import.meta.url);
const MAX_HEAP_MB = 128;
const START_DEADLINE_MS = 10_000;
/** A thread that has not answered so long after its own deadlines hangs. */
const GRACE_MS = 10_000;

/**
 * Has ffprobe started on a thread of its own, because whoever starts a program stands still until it has begun: tens of milliseconds,
 * in which the thread that sends would owe every guild a frame. Equal questions that overlap are one. Without its thread, nothing is
 * known of media, which is played all the same.
 */
export class InspectionThread implements MediaProbe, AsyncDisposable {
  readonly #options: InspectionThreadOptions;
  readonly #thread: JobThread<InspectionJob, MediaDescription>;
  readonly #flights = new SingleFlight<MediaDescription>();

  constructor(options: InspectionThreadOptions) {
    const { ffprobe, searchPath, temporaryFolder, proxyUrl, entry = ENTRY, onProblem } = options;
    const settings: InspectionSettings = { ffprobe, searchPath, temporaryFolder, proxyUrl };
    this.#options = options;
    this.#thread = new JobThread({
      name: 'inspection',
      entry,
      settings,
      maxHeapMb: MAX_HEAP_MB,
      startDeadlineMs: START_DEADLINE_MS,
      answerDeadlineMs: LONGEST_MS + GRACE_MS,
      failureCode: 'INTERNAL',
      onProblem,
    });
  }

  /** Begins the thread, so that the first who asks need not wait for that. A thread that cannot begin is tried again by who asks. */
  async start(): Promise<void> {
    await this.#thread.start().catch(() => {}); // told to `onProblem`
  }

  describeUrl(url: string, signal: AbortSignal): Promise<MediaDescription> {
    return this.#describe({ kind: 'url', address: url }, signal);
  }

  describeFile(path: string, signal: AbortSignal): Promise<MediaDescription> {
    return this.#describe({ kind: 'file', address: path }, signal);
  }

  /** Ends the thread with its children. */
  close(): Promise<void> {
    return this.#thread.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #describe(job: InspectionJob, signal: AbortSignal): Promise<MediaDescription> {
    return this.#flights.run(`${job.kind} ${job.address}`, signal, (flight) => this.#ask(job, flight));
  }

  async #ask(job: InspectionJob, signal: AbortSignal): Promise<MediaDescription> {
    try {
      return await this.#thread.run(job, signal);
    } catch (error) {
      // What the thread itself fails with was told when it happened.
      if (error instanceof PlayerError && error.code === 'SOURCE_BUSY') this.#options.onProblem(error);
      return {};
    }
  }
}
