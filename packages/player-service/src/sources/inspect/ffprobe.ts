import { LIMITS } from '@bandstand/protocol';
import { z } from 'zod';
import type { ChildProcesses } from '../../subprocess/child-processes.ts';
import { cleanText } from '../clean-text.ts';

export interface MediaProbeOptions {
  readonly children: ChildProcesses;
  /** ffprobe. */
  readonly program: string;
  /** The egress guard. */
  readonly proxyUrl: string;
}

/** What ffprobe found; nothing in it is needed to play. */
export interface MediaDescription {
  readonly durationMs?: number | undefined;
  readonly title?: string | undefined;
  readonly artist?: string | undefined;
}

const DEADLINE_MS = 8_000;
const MEMORY_BYTES = 400 * 1024 * 1024;
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

/** Length and tags of media, read by ffprobe: hostile files crash a child, not the player. */
export class MediaProbe {
  readonly #options: MediaProbeOptions;

  constructor(options: MediaProbeOptions) {
    this.#options = options;
  }

  /** @param url - Canonical http or https; whatever it leads to is fetched through the guard. */
  describeUrl(url: string, signal: AbortSignal): Promise<MediaDescription> {
    const network = [
      '-http_proxy',
      this.#options.proxyUrl,
      '-protocol_whitelist',
      'http,https,tls,tcp,httpproxy',
    ];
    return this.#describe([...network, '-i', url], signal);
  }

  /** @param path - Absolute. */
  describeFile(path: string, signal: AbortSignal): Promise<MediaDescription> {
    return this.#describe(['-protocol_whitelist', 'file', '-i', `file:${path}`], signal);
  }

  /** Nothing is known of media that ffprobe cannot read; whoever plays it finds out why. */
  async #describe(input: readonly string[], signal: AbortSignal): Promise<MediaDescription> {
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
