import type { ChildProcesses } from '../../subprocess/child-processes.ts';
import type { ResourceLimits } from '../../subprocess/launchers.ts';
import { type CommandLineOptions, commandLine } from './command-line.ts';
import { ProcessStarter } from './process-starter.ts';
import type { StarterStatus, YtDlpStarter } from './starter.ts';
import { checkVersion } from './version.ts';
import { ForkingStarter } from './zygote/forking-starter.ts';

export interface OpenStarterOptions {
  readonly children: ChildProcesses;
  /** A name looked up in the search path, or an absolute path. */
  readonly program: string;
  readonly commandLine: CommandLineOptions;
  /** From the start of a process to its end. */
  readonly deadlineMs: number;
  /** Of one process; 1 GiB when absent. */
  readonly memoryBytes?: number | undefined;
  /** Forks a parent that has yt-dlp loaded, where that can be done; true when absent. */
  readonly forks?: boolean | undefined;
  /** See `ForkingStarterOptions`. */
  readonly maxRequestsPerParent?: number | undefined;
  readonly onStatus?: ((status: StarterStatus) => void) | undefined;
}

const DEFAULT_MEMORY_BYTES = 1024 ** 3;
/** Larger than any player script in the cache. */
const FILE_BYTES = 64 * 1024 ** 2;
const OPEN_FILES = 256;
/** As that of ffmpeg: with both cores busy, what sends goes first. */
const NICENESS = 5;
/** `.invalid` never has an address, and no site has a page there. */
const NOWHERE = { type: 'page', url: 'https://nowhere.invalid/', maxEntries: 1 } as const;

/**
 * The best way to start yt-dlp here.
 *
 * @throws {@link PlayerError} `EXTRACTOR_MISSING` when it is absent, does not run, or is too old.
 */
export async function openStarter(
  options: OpenStarterOptions,
): Promise<{ readonly starter: YtDlpStarter; readonly version: string }> {
  const { children, program, deadlineMs, onStatus } = options;
  const version = await checkVersion(children, program);
  const starting = { children, program, deadlineMs, limits: limitsOf(options) };
  if (options.forks === false) return { starter: new ProcessStarter(starting, 'configured'), version };
  let known: string | undefined = version;
  try {
    const starter = await ForkingStarter.open({
      ...starting,
      onStatus,
      fallback: new ProcessStarter(starting, 'not forked'),
      rehearsal: commandLine(options.commandLine, NOWHERE),
      maxRequests: options.maxRequestsPerParent,
      version: async (signal) => {
        const first = known;
        known = undefined;
        return first ?? (await checkVersion(children, program, signal));
      },
    });
    return { starter, version };
  } catch (error) {
    // No folder or no socket for the output of forks: nothing that a process of its own needs.
    const starter = new ProcessStarter(starting, (error as Error).message);
    onStatus?.(starter.status);
    return { starter, version };
  }
}

function limitsOf({ memoryBytes, deadlineMs }: OpenStarterOptions): ResourceLimits {
  return {
    dataBytes: memoryBytes ?? DEFAULT_MEMORY_BYTES,
    cpuSeconds: 2 * Math.ceil(deadlineMs / 1_000), // a script engine of its own has threads
    fileBytes: FILE_BYTES,
    openFiles: OPEN_FILES,
    niceness: NICENESS,
  };
}
