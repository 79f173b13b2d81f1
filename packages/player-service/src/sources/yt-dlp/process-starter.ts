import type { ProcessEnd } from '../../subprocess/process-end.ts';
import type { RunningChild } from '../../subprocess/running-child.ts';
import type { StarterOptions, StarterStatus, YtDlpStarter } from './starter.ts';

/** Starts the program yt-dlp for each question: works with whatever runs as yt-dlp, and loads it anew every time. */
export class ProcessStarter implements YtDlpStarter {
  readonly #options: StarterOptions;

  constructor(options: StarterOptions) {
    this.#options = options;
  }

  get status(): StarterStatus {
    return { way: 'process', reason: 'configured' };
  }

  start(args: readonly string[], signal: AbortSignal): Promise<RunningChild | ProcessEnd> {
    const { children, program, deadlineMs, limits } = this.#options;
    return children.stream({ program, args, signal, deadlineMs, ...limits });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
