import { PlayerError } from '@bandstand/protocol';
import type { ProcessEnd } from '../../subprocess/process-end.ts';
import { RunningChild } from '../../subprocess/running-child.ts';
import { FairGate } from '../sharing/fair-gate.ts';
import type { RequestOptions } from '../source.ts';
import { classifyFailure } from './classify-failure.ts';
import { type CommandLineOptions, commandLine, type ExtractionTarget } from './command-line.ts';
import { type Entry, parseEntry } from './entry.ts';
import { readLines, TooMuchOutput } from './read-lines.ts';
import type { ClientVariant } from './sites.ts';
import type { YtDlpStarter } from './starter.ts';

export interface ExtractorOptions {
  readonly starter: YtDlpStarter;
  readonly commandLine: CommandLineOptions;
  /** Processes at a time. */
  readonly concurrency: number;
  /** Longest wait for a slot. */
  readonly deadlineMs: number;
  /** What one process may write; 16 MiB when absent. */
  readonly maxOutputBytes?: number | undefined;
  /** Requests that wait for a process; 64 when absent. */
  readonly maxWaiting?: number | undefined;
}

const DEFAULT_MAX_WAITING = 64;
const DEFAULT_OUTPUT_BYTES = 16 * 1024 ** 2;
const LINE_LIMITS = { maxLines: 10_000, maxLineBytes: 1024 ** 2 };

/** Runs yt-dlp: one process for each question, a few at a time, entries as soon as it prints them. */
export class Extractor {
  readonly #options: ExtractorOptions;
  readonly #gate: FairGate;
  /** For playlists that are being listed behind their first entry: they must not keep a single track waiting. */
  readonly #listings: FairGate;
  readonly #running = new Set<RunningChild>();

  constructor(options: ExtractorOptions) {
    this.#options = options;
    const gate = {
      slots: options.concurrency,
      maxWaiting: options.maxWaiting ?? DEFAULT_MAX_WAITING,
      maxWaitMs: options.deadlineMs,
    };
    this.#gate = new FairGate(gate);
    this.#listings = new FairGate(gate);
  }

  /**
   * The entries of one question. Leaving the loop early, or aborting, ends the process with its group.
   *
   * @throws {@link PlayerError} by the cause of the failure, after the entries that came before it; `signal.reason` once aborted.
   */
  async *extract(
    target: ExtractionTarget,
    { signal, share }: RequestOptions,
    variant?: ClientVariant,
  ): AsyncGenerator<Entry, void> {
    const limits = { ...LINE_LIMITS, maxTotalBytes: this.#options.maxOutputBytes ?? DEFAULT_OUTPUT_BYTES };
    using slots = new DisposableStack();
    const slot = slots.use(await this.#gate.enter(share, signal));
    let isListing = false;
    const child = await this.#start(commandLine(this.#options.commandLine, target, variant), signal);
    try {
      for await (const line of readLines(child.stdout, limits)) {
        signal.throwIfAborted();
        if (!line.complete) {
          this.#judge(await child.ended, signal); // cut off: how the process ended usually tells why
          throw new PlayerError('EXTRACTOR_BROKEN', 'yt-dlp stopped in the middle of an entry');
        }
        yield parseEntry(line.text);
        if (isListing) continue;
        isListing = true;
        slot[Symbol.dispose]();
        slots.use(await this.#listings.enter(share, signal));
      }
      this.#judge(await child.ended, signal);
    } catch (error) {
      if (!(error instanceof TooMuchOutput)) throw error;
      this.#judge(await child.stop({ cause: 'outputLimit', limitBytes: error.limitBytes }), signal);
    } finally {
      child.stdout.destroy();
      await child.stop();
    }
  }

  /** Waits until no process is left; who uses the extractor aborts them. */
  async close(): Promise<void> {
    await Promise.all([...this.#running].map(({ ended }) => ended));
  }

  async #start(args: readonly string[], signal: AbortSignal): Promise<RunningChild> {
    const child = await this.#options.starter.start(args, signal);
    if (child instanceof RunningChild) {
      this.#running.add(child);
      void child.ended.then(() => this.#running.delete(child));
      return child;
    }
    signal.throwIfAborted();
    throw classifyFailure(child);
  }

  /** Returns only if the process ended as it should. */
  #judge(end: ProcessEnd, signal: AbortSignal): void {
    signal.throwIfAborted();
    if (end.cause !== 'exited' || end.exitCode !== 0) throw classifyFailure(end);
  }
}
