import type { ChildProcesses } from '../../subprocess/child-processes.ts';
import type { ResourceLimits } from '../../subprocess/launchers.ts';
import type { ProcessEnd } from '../../subprocess/process-end.ts';
import type { RunningChild } from '../../subprocess/running-child.ts';

/** Starts yt-dlp, each time as a process with limits, a deadline and a group of its own. */
export interface YtDlpStarter {
  /** Which way is in use now, and why not the fast one. */
  readonly status: StarterStatus;
  /**
   * @param args - As `command-line.ts` builds them.
   * @returns The running process, or how it ended when there never was one.
   */
  start(args: readonly string[], signal: AbortSignal): Promise<RunningChild | ProcessEnd>;
  /** Ends whatever was kept ready. Processes under way are those of who started them. */
  close(): Promise<void>;
}

export type StarterStatus =
  /** Forks of a parent that has yt-dlp loaded. */
  | { readonly way: 'fork'; readonly parentPid: number | undefined }
  /** A program that loads yt-dlp anew. */
  | { readonly way: 'process'; readonly reason: string };

export interface StarterOptions {
  readonly children: ChildProcesses;
  /** A name looked up in the search path, or an absolute path. */
  readonly program: string;
  /** From the start of a process to its end. */
  readonly deadlineMs: number;
  /** Of each process. */
  readonly limits: ResourceLimits;
}
