import type { ProcessEnd } from '../../subprocess/process-end.ts';
import type { RunningChild } from '../../subprocess/running-child.ts';
import type { StarterOptions, StarterStatus, YtDlpStarter } from './starter.ts';

/**
 * Starts the program yt-dlp for each question: works with whatever runs as yt-dlp, and loads it anew every time. The thread that asks
 * stands still until each has begun, which is the price of this way; a fork of the parent costs it nothing.
 */
export class ProcessStarter implements YtDlpStarter {
  readonly status: StarterStatus;
  readonly #options: StarterOptions;

  /** @param reason - Why this way, for operators. */
  constructor(options: StarterOptions, reason: string) {
    this.#options = options;
    this.status = { way: 'process', reason };
  }

  start(args: readonly string[], signal: AbortSignal): Promise<RunningChild | ProcessEnd> {
    const { children, program, deadlineMs, limits } = this.#options;
    return children.stream({ program, args, signal, deadlineMs, ...limits });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
