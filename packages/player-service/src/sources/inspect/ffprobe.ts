import { availableParallelism } from 'node:os';
import { LIMITS } from '@bandstand/protocol';
import { z } from 'zod';
import type { ChildProcesses } from '../../subprocess/child-processes.ts';
import { cleanText } from '../clean-text.ts';
import { FairGate } from '../sharing/fair-gate.ts';
import type { MediaDescription, MediaProbe } from './media-probe.ts';

export interface FfprobeOptions {
  readonly children: ChildProcesses;
  /** ffprobe. */
  readonly program: string;
  /** The egress guard. */
  readonly proxyUrl: string;
}

const DEADLINE_MS = 8_000;
const MEMORY_BYTES = 400 * 1024 * 1024;
/** As that of ffmpeg: what sends and what encodes go first. */
const NICENESS = 5;
/** A file takes a core for as long as ffprobe runs. */
const FILES_AT_ONCE = Math.max(2, availableParallelism());
/** A server may take all the time there is, so those who ask for files do not wait for it. */
const WEB_AT_ONCE = 8;
const WAITING = { maxWaiting: 10_000, maxWaitMs: 30_000 };
/** No description takes longer, from the question on. */
export const LONGEST_MS = WAITING.maxWaitMs + DEADLINE_MS;
const FORMATS = 'mp3,ogg,matroska,webm,mov,aac,flac,wav';
/**
 * ffprobe opens a decoder for every stream and gives up on the first it may not open, so the usual pictures and videos
 * around the sound are let in. They are not decoded beyond a million pixels: a small cover may claim gigabytes.
 */
const CODECS =
  'mp3float,mp3,aac,opus,libopus,vorbis,flac,pcm_s16le,mjpeg,png,h264,mpeg4,vp8,vp9,av1,libdav1d';
const MAX_PIXELS = '1000000';

const tagsSchema = z.record(z.string(), z.string()).catch({});
const reportSchema = z.object({
  format: z.object({
    duration: z.coerce.number().positive().optional().catch(undefined),
    tags: tagsSchema.optional(),
  }),
  // Ogg keeps its tags with the stream.
  streams: z.array(z.object({ tags: tagsSchema.optional() })).optional(),
});

/**
 * Length and tags of media, read by ffprobe, a few at a time: hostile files crash a child, not the player. The thread that asks
 * waits for each child to begin, see `InspectionThread`.
 */
export class Ffprobe implements MediaProbe {
  readonly #options: FfprobeOptions;
  readonly #files = new FairGate({ slots: FILES_AT_ONCE, ...WAITING });
  readonly #web = new FairGate({ slots: WEB_AT_ONCE, ...WAITING });

  constructor(options: FfprobeOptions) {
    this.#options = options;
  }

  /** @throws PlayerError `SOURCE_BUSY` when its turn does not come; `signal.reason` once aborted. */
  describeUrl(url: string, signal: AbortSignal): Promise<MediaDescription> {
    const network = [
      '-http_proxy',
      this.#options.proxyUrl,
      '-protocol_whitelist',
      'http,https,tls,tcp,httpproxy',
    ];
    return this.#describe(this.#web, [...network, '-i', url], signal);
  }

  /** @throws PlayerError `SOURCE_BUSY` when its turn does not come; `signal.reason` once aborted. */
  describeFile(path: string, signal: AbortSignal): Promise<MediaDescription> {
    return this.#describe(this.#files, ['-protocol_whitelist', 'file', '-i', `file:${path}`], signal);
  }

  async #describe(gate: FairGate, input: readonly string[], signal: AbortSignal): Promise<MediaDescription> {
    using _turn = await gate.enter(undefined, signal);
    const { end, stdout } = await this.#options.children.collect({
      program: this.#options.program,
      args: [
        ...['-hide_banner', '-loglevel', 'error'],
        ...[
          '-format_whitelist',
          FORMATS,
          '-codec_whitelist',
          CODECS,
          '-max_pixels',
          MAX_PIXELS,
          '-probesize',
          '1000000',
        ],
        ...[
          '-show_entries',
          'format=duration:format_tags=title,artist:stream_tags=title,artist',
          '-of',
          'json',
        ],
        ...input,
      ],
      signal,
      deadlineMs: DEADLINE_MS,
      maxStdoutBytes: 1024 * 1024,
      addressSpaceBytes: MEMORY_BYTES,
      niceness: NICENESS,
    });
    signal.throwIfAborted();
    if (end.cause !== 'exited' || end.exitCode !== 0) return {};
    return readReport(stdout.toString('utf8'));
  }
}

function readReport(json: string): MediaDescription {
  const report = reportSchema.safeParse(parseOrNull(json));
  if (!report.success) return {};
  const { format, streams = [] } = report.data;
  const tags = [...streams.map((stream) => stream.tags ?? {}), format.tags ?? {}]
    .flatMap((found) => Object.entries(found))
    .map(([name, value]) => [name.toLowerCase(), cleanText(value, LIMITS.titleCharacters)] as const);
  const { title, artist } = Object.fromEntries(tags) as { title?: string; artist?: string };
  return {
    durationMs: format.duration === undefined ? undefined : Math.round(format.duration * 1_000),
    title,
    artist,
  };
}

function parseOrNull(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null; // cut off or empty: the same as a report that does not fit
  }
}
