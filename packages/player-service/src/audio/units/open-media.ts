import { PlayerError } from '@bandstand/protocol';
import type { Dispatcher } from 'undici';
import type { ByteSource } from '../bytes/byte-source.ts';
import { FileBytes } from '../bytes/file-bytes.ts';
import { HttpBytes } from '../bytes/http-bytes.ts';
import { PeekedBytes } from '../bytes/peeked-bytes.ts';
import { RadioBytes } from '../bytes/radio-bytes.ts';
import { OggDemuxer } from '../demux/ogg-demuxer.ts';
import type { ContainerContent, PacketDemuxer } from '../demux/packet-demuxer.ts';
import { SNIFF_BYTES, type Sniffed, sniff } from '../demux/sniff.ts';
import { WebmDemuxer } from '../demux/webm-demuxer.ts';
import { FRAME_MS } from '../frame.ts';
import { HlsBytes } from '../hls/hls-bytes.ts';
import type { Media } from '../media.ts';
import { BEGINNING_BYTES, seekUnits } from '../seek/seek-units.ts';
import type { FfmpegJob } from './ffmpeg-arguments.ts';
import { type FfmpegTools, ffmpegOutput } from './ffmpeg-output.ts';
import type { Unit } from './unit.ts';
import { demuxedUnits, wavUnits, withoutFirst } from './unit-streams.ts';

export interface MediaTools extends FfmpegTools {
  readonly client: Dispatcher;
  readonly maxMediaBytes: number;
  readonly maxTrackMs: number;
  /** Takes what a station says it plays, as it says it; see `RadioBytes`. */
  readonly onTitle?: (title: string) => void;
}

/** An opened track: its units from the asked position on. */
export interface OpenedMedia {
  readonly container: Sniffed;
  /** Whether the units are the source's own Opus packets. */
  readonly isOpus: boolean;
  /** What the author of an Opus file wants it amplified by; 0 otherwise. */
  readonly sourceGainDb: number;
  /** What the container says the whole track lasts. */
  readonly durationMs: number | undefined;
  /** The units right before the first, where they are known: nobody hears them, but decoders need them. */
  readonly leadIn?: readonly Unit[];
  /** Leaving the loop ends everything behind it. Throws a `PlayerError` when the track fails midway. */
  readonly units: AsyncIterable<readonly Unit[]>;
}

/** Headers of real files fit well; what comes later than that is found by ffmpeg. */
const MAX_HEADER_BYTES = 1024 * 1024;
/** Keeps ffmpeg going a little beyond the limit, so that the limit is seen to be exceeded. */
const BEYOND_LIMIT_MS = 1_000;

/**
 * Looks at the bytes and chooses the cheapest way to their sound: Opus packets as they are where the container can be
 * taken apart here, else ffmpeg. What the source claims to be is not asked.
 *
 * @throws PlayerError when there are no bytes, or they are certainly not audio.
 */
export async function openMedia(
  media: Media,
  startAtMs: number,
  tools: MediaTools,
  signal: AbortSignal,
): Promise<OpenedMedia> {
  const bytes = byteSource(media, startAtMs, tools);
  // Bytes that begin where the sound shall begin, or as near as they can.
  const isPlaced = media.isLive || bytes instanceof HlsBytes;
  const seekMs = isPlaced ? 0 : startAtMs;
  const source = await PeekedBytes.open(bytes, signal, seekMs > 0 ? BEGINNING_BYTES : undefined);
  try {
    const container = sniff(await peekHead(source));
    if (container === 'text') throw new PlayerError('MEDIA_UNSUPPORTED', 'the media is a text, not audio');

    const content = await readContent(source, container);
    const head = content.kind === 'opus' ? content.head : undefined;
    const isOpus = head !== undefined && head.mappingFamily === 0 && head.channels <= 2;
    const opened = {
      container,
      isOpus,
      sourceGainDb: isOpus ? head.outputGainDb : 0,
      durationMs: content.kind === 'opus' ? content.durationMs : undefined,
    };

    const surplusMs = bytes instanceof HlsBytes && !media.isLive ? startAtMs - bytes.startsAtMs : 0;
    if (isOpus && seekMs === 0 && surplusMs === 0) {
      const { chunks } = await source.open(0, signal);
      const preSkipSamples = media.isLive ? 0 : head.preSkipSamples;
      return { ...opened, units: demuxedUnits(chunks, createDemuxer(container), preSkipSamples) };
    }
    const position = { positionMs: seekMs, durationMs: media.durationMs ?? opened.durationMs };
    const sought =
      isOpus && seekMs > 0 ? await seekUnits(bytes, source, container, position, signal) : undefined;
    if (sought !== undefined) {
      await source.close();
      return { ...opened, ...sought };
    }
    const leftMs = Math.max(0, tools.maxTrackMs - startAtMs);
    const maxDurationMs = media.isLive ? undefined : leftMs + BEYOND_LIMIT_MS;
    const input = { source, totalBytes: source.totalBytes, isSeekable: source.isSeekable };
    const output = isOpus && surplusMs === 0 ? 'ogg' : 'wav';
    const job = { startAtMs: seekMs, maxDurationMs, format: knownFormat(media), output } as const;
    const decoded = closing(ffmpegOutput(input, job, tools, signal), source);
    if (output === 'ogg') return { ...opened, units: demuxedUnits(decoded, new OggDemuxer()) };
    const units = withoutFirst(surplusMs / FRAME_MS, wavUnits(decoded));
    return { ...opened, isOpus: false, sourceGainDb: 0, units };
  } catch (error) {
    await source.close();
    throw error;
  }
}

function byteSource(media: Media, startAtMs: number, tools: MediaTools): ByteSource {
  const { client, maxMediaBytes, onTitle = () => {} } = tools;
  if (media.kind === 'file') return new FileBytes(media.path);
  if (media.kind === 'radio')
    return new RadioBytes({ url: media.url, headers: media.headers, client, onTitle });
  if (media.kind === 'hls') return new HlsBytes({ media, startAtMs, client, maxBytes: maxMediaBytes });
  const { url, headers, isLive } = media;
  // Nothing of a live stream is kept, and it has no end.
  const maxBytes = isLive ? Number.POSITIVE_INFINITY : maxMediaBytes;
  return new HttpBytes({ url, headers, client, maxBytes });
}

/** A station is joined in the middle of a frame, and was looked at by whoever found it. */
function knownFormat(media: Media): FfmpegJob['format'] {
  if (media.kind !== 'radio') return undefined;
  if (media.container === 'mp3') return 'mp3';
  return media.container === 'adts' ? 'aac' : undefined;
}

async function peekHead(source: PeekedBytes): Promise<Buffer> {
  let head: Buffer = Buffer.alloc(0);
  while (head.length < SNIFF_BYTES) {
    const chunk = await source.peek();
    if (chunk === undefined) break;
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
  }
  if (head.length === 0) throw new PlayerError('MEDIA_BROKEN', 'the media is empty');
  return head;
}

/** A container that cannot be read here may still be read by ffmpeg, which knows more of their ways. */
async function readContent(source: PeekedBytes, container: Sniffed): Promise<ContainerContent> {
  if (container !== 'webm' && container !== 'ogg') return { kind: 'other' };
  const demuxer = createDemuxer(container);
  let seenBytes = 0;
  try {
    for (const chunk of source.peeked) {
      demuxer.push(chunk, ignorePacket);
      seenBytes += chunk.length;
    }
    while (demuxer.content === undefined && seenBytes < MAX_HEADER_BYTES) {
      const chunk = await source.peek();
      if (chunk === undefined) break;
      demuxer.push(chunk, ignorePacket);
      seenBytes += chunk.length;
    }
  } catch (error) {
    const isUnreadable = error instanceof PlayerError && error.code === 'MEDIA_BROKEN';
    if (!isUnreadable) throw error;
  }
  return demuxer.content ?? { kind: 'other' };
}

function ignorePacket(): void {}

function createDemuxer(container: Sniffed): PacketDemuxer {
  return container === 'ogg' ? new OggDemuxer() : new WebmDemuxer();
}

/** ffmpeg may end without ever having opened its input. */
async function* closing(output: AsyncIterable<Buffer>, source: PeekedBytes): AsyncGenerator<Buffer> {
  try {
    yield* output;
  } finally {
    await source.close();
  }
}
