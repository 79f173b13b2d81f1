import { PlayerError } from '@bandstand/protocol';
import type { ChildProcesses } from '../../subprocess/child-processes.ts';
import { describeProcessEnd, type ProcessEnd } from '../../subprocess/process-end.ts';
import { RunningChild } from '../../subprocess/running-child.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import type { GatewayLease, MediaGateway } from '../bytes/media-gateway.ts';
import { type FfmpegJob, ffmpegArguments } from './ffmpeg-arguments.ts';
import type { StartGate } from './start-gate.ts';

export interface FfmpegTools {
  readonly children: ChildProcesses;
  readonly gateway: MediaGateway;
  readonly ffmpegPath: string;
  /** Crafted media that wants more ends its own process. */
  readonly memoryBytes: number;
  readonly starts: StartGate;
}

export interface FfmpegInput {
  readonly source: ByteSource;
  readonly totalBytes: number | undefined;
  readonly isSeekable: boolean;
}

/** Below the threads that encode, which are below the thread that sends. */
const NICENESS = 5;
const COMPLAINT_CHARACTERS = 200;

/**
 * What ffmpeg makes of a source, as it comes. Leaving the loop ends ffmpeg; it holds still while nobody reads.
 *
 * @throws PlayerError when the source failed under it, or ffmpeg did not reach the end by itself.
 */
export async function* ffmpegOutput(
  input: FfmpegInput,
  job: Omit<FfmpegJob, 'url'>,
  tools: FfmpegTools,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  using start = await tools.starts.enter(signal);
  using lease = tools.gateway.lease(input.source, { ...input, signal });
  const child = await tools.children.stream({
    program: tools.ffmpegPath,
    args: ffmpegArguments({ ...job, url: lease.url }),
    addressSpaceBytes: tools.memoryBytes,
    niceness: NICENESS,
    signal,
  });
  if (!(child instanceof RunningChild)) throw failureOf(child, lease, false, signal);

  let hasOutput = false;
  try {
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      if (!hasOutput) start[Symbol.dispose]();
      hasOutput = true;
      yield chunk;
    }
    const end = await child.ended;
    const isWhole = end.cause === 'exited' && end.exitCode === 0 && lease.failure === undefined;
    if (!isWhole) throw failureOf(end, lease, hasOutput, signal);
  } finally {
    child.stdout.destroy();
    await child.stop();
  }
}

/** The cause nearest to the source wins: ffmpeg only sees its consequences. */
function failureOf(end: ProcessEnd, lease: GatewayLease, hasOutput: boolean, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (lease.failure !== undefined) return lease.failure;
  const details = { ffmpeg: describeProcessEnd(end), complaint: lastLine(end.stderr) };
  if (end.cause !== 'exited') return new PlayerError('DECODER_FAILED', 'ffmpeg was ended', { details });
  if (!hasOutput)
    return new PlayerError('MEDIA_UNSUPPORTED', 'ffmpeg finds no audio it may decode', { details });
  return new PlayerError('MEDIA_BROKEN', 'ffmpeg gave up midway', { details });
}

function lastLine(stderr: string): string {
  return (stderr.trimEnd().split('\n').at(-1) ?? '').slice(-COMPLAINT_CHARACTERS);
}
