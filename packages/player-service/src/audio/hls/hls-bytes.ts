import { createDecipheriv } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { PlayerError } from '@bandstand/protocol';
import type { Dispatcher } from 'undici';
import {
  type HlsMediaPlaylist,
  type HlsPart,
  type HlsSegment,
  isPlaylist,
  MAX_PLAYLIST_BYTES,
  readPlaylist,
} from '../../hls/playlist.ts';
import type { ByteSource, ByteStream } from '../bytes/byte-source.ts';
import { HttpBytes } from '../bytes/http-bytes.ts';
import type { HlsMedia } from '../media.ts';

export interface HlsBytesOptions {
  readonly media: Pick<HlsMedia, 'url' | 'headers' | 'isLive'>;
  /** Where in the track to begin; a live stream begins near its newest segment instead. */
  readonly startAtMs: number;
  /** Of the egress guard: playlists, keys and segments are all fetched through it. */
  readonly client: Dispatcher;
  /** Of all segments together; a live stream has no end and no such limit. */
  readonly maxBytes: number;
}

/** RFC 8216 §6.3.3: do not begin closer to the end of a live stream than this many segments. */
const LIVE_EDGE_SEGMENTS = 3;
/** However short the segments say they are, a live playlist is not asked for more often than this. */
const MIN_RELOAD_MS = 1_000;
const AES_KEY_BYTES = 16;

/**
 * The segments of an HLS stream, one after the other, as one stream of bytes. Playlists are read here and never given to
 * ffmpeg, which would fetch whatever they name. A playlist within a segment, or deeper than one level, is refused.
 */
export class HlsBytes implements ByteSource {
  readonly #options: HlsBytesOptions;
  #startsAtMs = 0;
  #receivedBytes = 0;
  #key: { readonly url: string; readonly bytes: Buffer } | undefined;

  constructor(options: HlsBytesOptions) {
    this.#options = options;
  }

  /** Where in the track the first byte lies, once opened: the beginning of the segment that holds the asked position. */
  get startsAtMs(): number {
    return this.#startsAtMs;
  }

  async open(offset: number, signal: AbortSignal): Promise<ByteStream> {
    if (offset !== 0) throw new PlayerError('NOT_SEEKABLE', 'segments have no common offsets');
    const playlist = await this.#load(this.#options.media.url, signal);
    const first = this.#options.media.isLive ? liveEdge(playlist) : this.#segmentAt(playlist);
    return {
      offset: 0,
      totalBytes: undefined,
      isSeekable: false,
      chunks: this.#chunks(playlist, first, signal),
    };
  }

  #segmentAt({ segments }: HlsMediaPlaylist): number {
    let endsAtMs = 0;
    for (const { durationMs, sequence } of segments) {
      this.#startsAtMs = endsAtMs;
      endsAtMs += durationMs;
      if (endsAtMs > this.#options.startAtMs) return sequence;
    }
    return segments.at(-1)?.sequence ?? 0;
  }

  async *#chunks(opened: HlsMediaPlaylist, first: number, signal: AbortSignal): AsyncGenerator<Buffer> {
    let playlist = opened;
    let next = first;
    let mapUrl: string | undefined;
    for (;;) {
      const segment = playlist.segments.find(({ sequence }) => sequence >= next);
      if (segment === undefined) {
        if (!playlist.isLive) return;
        const newer = await this.#reload(playlist, signal);
        if (!follows(newer, next)) next = liveEdge(newer);
        playlist = newer;
        continue;
      }
      const mapName = segment.map && `${segment.map.url} ${segment.map.range?.offset ?? ''}`;
      if (segment.map !== undefined && mapName !== mapUrl) yield* this.#part(segment.map, signal);
      mapUrl = mapName;
      yield* this.#segment(segment, signal);
      next = segment.sequence + 1;
    }
  }

  async *#segment(segment: HlsSegment, signal: AbortSignal): AsyncGenerator<Buffer> {
    if (segment.key === undefined) {
      yield* this.#part(segment, signal);
      return;
    }
    const decipher = createDecipheriv(
      'aes-128-cbc',
      await this.#keyBytes(segment.key.url, signal),
      segment.key.iv,
    );
    for await (const chunk of this.#part(segment, signal)) yield decipher.update(chunk);
    try {
      yield decipher.final();
    } catch (cause) {
      throw new PlayerError('MEDIA_BROKEN', 'a segment cannot be decrypted', { cause });
    }
  }

  async *#part({ url, range }: HlsPart, signal: AbortSignal): AsyncGenerator<Buffer> {
    const offset = range?.offset ?? 0;
    const stream = await this.#http(url).open(offset, signal);
    let leftBytes = range?.length ?? Number.POSITIVE_INFINITY;
    let isFirst = true;
    for await (const chunk of stream.chunks) {
      if (stream.offset !== offset) throw new PlayerError('MEDIA_UNSUPPORTED', 'the server ignores ranges');
      if (isFirst && isPlaylist(chunk)) {
        throw new PlayerError('MEDIA_UNSUPPORTED', 'a segment is a playlist');
      }
      isFirst = false;
      const wanted = chunk.length > leftBytes ? chunk.subarray(0, leftBytes) : chunk;
      this.#count(wanted.length);
      yield wanted;
      leftBytes -= wanted.length;
      if (leftBytes === 0) return;
    }
  }

  async #reload(known: HlsMediaPlaylist, signal: AbortSignal): Promise<HlsMediaPlaylist> {
    await delay(Math.max(MIN_RELOAD_MS, known.targetDurationMs / 2), undefined, { signal });
    return this.#load(this.#options.media.url, signal);
  }

  async #load(url: string, signal: AbortSignal): Promise<HlsMediaPlaylist> {
    const outer = await this.#playlist(url, signal);
    const inner = outer.type === 'master' ? await this.#playlist(outer.url, signal) : outer;
    if (inner.type === 'master') {
      throw new PlayerError('MEDIA_UNSUPPORTED', 'a playlist of playlists names another one');
    }
    if (inner.segments.length === 0 && !inner.isLive) {
      throw new PlayerError('MEDIA_BROKEN', 'the playlist is empty');
    }
    return inner;
  }

  async #playlist(url: string, signal: AbortSignal): Promise<ReturnType<typeof readPlaylist>> {
    const stream = await this.#http(url).open(0, signal);
    const bytes = await collect(stream.chunks, MAX_PLAYLIST_BYTES, 'the playlist is too large');
    return readPlaylist(bytes.toString('utf8'), stream.url);
  }

  async #keyBytes(url: string, signal: AbortSignal): Promise<Buffer> {
    if (this.#key?.url !== url) {
      const { chunks } = await this.#http(url).open(0, signal);
      const bytes = await collect(chunks, AES_KEY_BYTES, 'the key is too long');
      if (bytes.length !== AES_KEY_BYTES) throw new PlayerError('MEDIA_BROKEN', 'the key is too short');
      this.#key = { url, bytes };
    }
    return this.#key.bytes;
  }

  #http(url: string): HttpBytes {
    const { media, client, maxBytes } = this.#options;
    return new HttpBytes({ url, headers: media.headers, client, maxBytes });
  }

  #count(bytes: number): void {
    const { media, maxBytes } = this.#options;
    this.#receivedBytes += bytes;
    if (media.isLive || this.#receivedBytes <= maxBytes) return;
    throw new PlayerError('MEDIA_TOO_LARGE', 'the media is larger than allowed', { details: { maxBytes } });
  }
}

function liveEdge({ segments }: HlsMediaPlaylist): number {
  return segments.at(-LIVE_EDGE_SEGMENTS)?.sequence ?? segments[0]?.sequence ?? 0;
}

/** Whether a newer reading goes on where the last ended; after a long pause, or a restart of the server, it does not. */
function follows({ segments }: HlsMediaPlaylist, next: number): boolean {
  const [oldest, newest] = [segments[0], segments.at(-1)];
  if (oldest === undefined || newest === undefined) return true;
  return oldest.sequence <= next && newest.sequence >= next - 1;
}

async function collect(chunks: AsyncIterable<Buffer>, maxBytes: number, complaint: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  let heldBytes = 0;
  for await (const chunk of chunks) {
    heldBytes += chunk.length;
    if (heldBytes > maxBytes) throw new PlayerError('MEDIA_UNSUPPORTED', complaint);
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}
