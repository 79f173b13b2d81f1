import { PlayerError } from '@bandstand/protocol';
import { parse, setOptions, type types } from 'hls-parser';

setOptions({ silent: true }); // what it finds wrong is told by us, not printed

/** What an HLS playlist says, as far as sound is concerned. Every URL in it is absolute, `http` or `https`, and not fetched yet. */
export type HlsPlaylist = HlsMaster | HlsMediaPlaylist;

/** Names other playlists. The one that costs least for good sound is chosen. */
export interface HlsMaster {
  readonly type: 'master';
  readonly url: string;
}

export interface HlsMediaPlaylist {
  readonly type: 'media';
  /** It may grow: there is no end in it. */
  readonly isLive: boolean;
  readonly targetDurationMs: number;
  /** Of all segments together. */
  readonly durationMs: number;
  readonly segments: readonly HlsSegment[];
}

export interface HlsSegment extends HlsPart {
  /** Media sequence number: tells segments of two readings of a live playlist apart. */
  readonly sequence: number;
  readonly durationMs: number;
  /** What has to come before the first segment that names it (fragmented MP4). */
  readonly map: HlsPart | undefined;
  readonly key: { readonly url: string; readonly iv: Buffer } | undefined;
}

export interface HlsPart {
  readonly url: string;
  /** The part of the resource that is meant; all of it when absent. */
  readonly range: { readonly offset: number; readonly length: number } | undefined;
}

/** hls-parser says `null` where its types say nothing is missing. */
type Nullable<T, K extends keyof T> = Omit<T, K> & { readonly [P in K]?: T[P] | null };

/** A playlist of twelve hours with long signed URLs fits. */
export const MAX_PLAYLIST_BYTES = 8 * 1024 * 1024;
const MAX_SEGMENTS = 20_000;
/** The parser compares each of them with the others. */
const MAX_STREAMS = 300;
/** Whatever else a playlist may say is not shown to the parser: it has no part in the sound, and may be there in masses. */
const WANTED_TAGS = new Map([
  ['EXTM3U', 1],
  ['EXT-X-VERSION', 1],
  ['EXT-X-TARGETDURATION', 1],
  ['EXT-X-MEDIA-SEQUENCE', 1],
  ['EXT-X-PLAYLIST-TYPE', 1],
  ['EXT-X-I-FRAMES-ONLY', 1],
  ['EXT-X-ENDLIST', 1],
  ['EXT-X-MEDIA', MAX_STREAMS],
  ['EXT-X-STREAM-INF', MAX_STREAMS],
  ['EXTINF', MAX_SEGMENTS],
  ['EXT-X-BYTERANGE', MAX_SEGMENTS],
  ['EXT-X-DISCONTINUITY', MAX_SEGMENTS],
  ['EXT-X-GAP', MAX_SEGMENTS],
  ['EXT-X-KEY', MAX_SEGMENTS],
  ['EXT-X-MAP', MAX_SEGMENTS],
]);
const MAX_ADDRESSES = MAX_SEGMENTS;
const MAX_LINE_CHARACTERS = 16_384;
const MAX_SEGMENT_MS = 60_000;
/** Video comes along where a site has no sound alone; more than this many bits per second of it would be waste. */
const MODEST_BANDWIDTH = 1_500_000;
const VIDEO_CODECS = /avc|hvc|hev|vp0?[89]|av01|dvh/i;

/** Whether the first bytes are a playlist of the m3u8 kind. */
export function isPlaylist(head: Buffer): boolean {
  return /^\ufeff?#EXTM3U/.test(head.toString('utf8', 0, 10));
}

/**
 * Reads a playlist (RFC 8216).
 *
 * @param url - Where it was found, after redirects.
 * @throws {@link PlayerError} `MEDIA_UNSUPPORTED` when it is none, too large, encrypted in a way that needs a licence, or
 * names something other than web addresses.
 */
export function readPlaylist(text: string, url: string): HlsPlaylist {
  if (Buffer.byteLength(text) > MAX_PLAYLIST_BYTES) throw unsupported('the playlist is too large');
  const wanted = wantedLines(text);
  let parsed: types.MasterPlaylist | types.MediaPlaylist;
  try {
    parsed = parse(wanted);
  } catch (cause) {
    throw unsupported('the playlist is not HLS', cause);
  }
  if (parsed.isMasterPlaylist) return { type: 'master', url: absolute(chooseVariant(parsed.variants), url) };
  return mediaPlaylist(parsed, url);
}

function wantedLines(text: string): string {
  const counts = new Map<string, number>();
  const lines: string[] = [];
  for (const match of text.matchAll(/[^\r\n]+/g)) {
    const line = match[0].trim().replace(/^\ufeff/, '');
    const tag = line.startsWith('#') ? /^#([A-Z\d-]*)/.exec(line)?.[1] : 'address';
    const limit = tag === 'address' ? MAX_ADDRESSES : WANTED_TAGS.get(tag ?? '');
    if (line === '' || tag === undefined || limit === undefined) continue;
    const count = (counts.get(tag) ?? 0) + 1;
    if (count > limit || line.length > MAX_LINE_CHARACTERS)
      throw unsupported('the playlist has too much in it');
    counts.set(tag, count);
    lines.push(line);
  }
  return lines.join('\n');
}

function chooseVariant(variants: readonly types.Variant[]): string {
  const playable = variants.filter(({ isIFrameOnly }) => isIFrameOnly !== true);
  const audio = playable.filter(({ codecs, resolution }) => {
    return resolution === undefined && codecs !== undefined && !VIDEO_CODECS.test(codecs);
  });
  const candidates = audio.length > 0 ? audio : playable;
  const modest = candidates.filter(({ bandwidth }) => bandwidth <= MODEST_BANDWIDTH);
  const chosen =
    modest.length > 0
      ? modest.reduce((best, variant) => (variant.bandwidth > best.bandwidth ? variant : best))
      : candidates.toSorted((a, b) => a.bandwidth - b.bandwidth)[0];
  if (chosen === undefined) throw unsupported('the playlist names no streams');
  const rendition = chosen.audio.find(({ isDefault }) => isDefault) ?? chosen.audio[0];
  return rendition?.uri ?? chosen.uri; // a rendition without an address is inside the variant
}

function mediaPlaylist(parsed: types.MediaPlaylist, url: string): HlsMediaPlaylist {
  if (parsed.isIFrame === true) throw unsupported('the playlist has pictures only');
  const segments = parsed.segments
    .filter(({ gap }) => gap !== true)
    .map((segment) => hlsSegment(segment, url));
  const targetDurationMs = parsed.targetDuration * 1_000;
  if (!(targetDurationMs > 0)) throw unsupported('the playlist is not HLS');
  return {
    type: 'media',
    isLive: !parsed.endlist && parsed.playlistType !== 'VOD',
    targetDurationMs: Math.min(targetDurationMs, MAX_SEGMENT_MS),
    durationMs: segments.reduce((sum, { durationMs }) => sum + durationMs, 0),
    segments,
  };
}

function hlsSegment(segment: types.Segment, url: string): HlsSegment {
  const { map, byterange } = segment as Nullable<types.Segment, 'map' | 'byterange'>;
  return {
    ...hlsPart(segment.uri, byterange, url),
    sequence: segment.mediaSequenceNumber,
    durationMs: Math.max(0, segment.duration * 1_000) || 0,
    map: map ? hlsPart(map.uri, map.byterange, url) : undefined,
    key: segmentKey(segment, url),
  };
}

function hlsPart(uri: string, range: HlsPart['range'] | null, url: string): HlsPart {
  return { url: absolute(uri, url), range: range ?? undefined };
}

function segmentKey(segment: types.Segment, url: string): HlsSegment['key'] {
  const { key, mediaSequenceNumber } = segment as Nullable<types.Segment, 'key'>;
  if (!key || key.method === 'NONE') return undefined;
  if (key.method !== 'AES-128' || !key.uri || (key.format ?? 'identity') !== 'identity') {
    throw unsupported('the media is protected');
  }
  const iv = Buffer.alloc(16);
  if (key.iv) iv.set(new Uint8Array(key.iv).subarray(0, 16));
  else iv.writeUInt32BE(mediaSequenceNumber >>> 0, 12);
  return { url: absolute(key.uri, url), iv };
}

/** @param uri - Absent where a tag stands without its address. */
function absolute(uri: string | undefined, base: string): string {
  const url = uri ? URL.parse(uri, base) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw unsupported('the playlist names something other than a web address');
  }
  return url.href;
}

function unsupported(message: string, cause?: unknown): PlayerError {
  return new PlayerError('MEDIA_UNSUPPORTED', message, { cause });
}
