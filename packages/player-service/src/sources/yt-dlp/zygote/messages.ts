import { constants } from 'node:os';
import { z } from 'zod';
import type { ResourceLimits } from '../../../subprocess/launchers.ts';
import type { ProcessEndCause } from '../../../subprocess/process-end.ts';

/** What the parent is to be; see `zygote.py`. */
export interface ZygoteSettings {
  /** Where forks bring their output; at most 107 bytes. */
  readonly socket: string;
  /** Where yt_dlp is imported from, when Python would not find it by itself. */
  readonly library: string | null;
  /** What yt-dlp takes for its own name. */
  readonly program: string;
  /** Arguments like those of the requests to come, for an address that no extractor takes. */
  readonly rehearsal: readonly string[];
}

export interface ZygoteRequest {
  readonly id: number;
  readonly token: string;
  readonly args: readonly string[];
  readonly limits: ReturnType<typeof requestLimits>;
}

const id = z.number().int().positive();

/** One line from the parent. */
export const zygoteMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), version: z.string().max(64), module: z.string().max(4_096) }),
  z.object({ type: z.literal('started'), id, pid: z.number().int().min(2) }),
  z.object({ type: z.literal('refused'), id, reason: z.string() }),
  z.object({
    type: z.literal('ended'),
    id,
    code: z.number().int().optional(),
    signal: z.number().int().optional(),
  }),
]);

export type ZygoteMessage = z.infer<typeof zygoteMessageSchema>;

/** By the names of `RLIMIT_…`, in small letters. */
export function requestLimits(limits: ResourceLimits): Readonly<Record<string, number>> {
  const { addressSpaceBytes, dataBytes, cpuSeconds, fileBytes, openFiles } = limits;
  const all = {
    as: addressSpaceBytes,
    data: dataBytes,
    cpu: cpuSeconds,
    fsize: fileBytes,
    nofile: openFiles,
    core: 0,
  };
  return Object.fromEntries(
    Object.entries(all).filter((pair): pair is [string, number] => pair[1] !== undefined),
  );
}

const SIGNALS = new Map(
  Object.entries(constants.signals).map(([name, number]) => [number, name as NodeJS.Signals]),
);

export function endOf({ code, signal }: Extract<ZygoteMessage, { type: 'ended' }>): ProcessEndCause {
  if (signal !== undefined) return { cause: 'signalled', signal: SIGNALS.get(signal) ?? 'SIGKILL' };
  return { cause: 'exited', exitCode: code ?? 1 };
}
