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
  let parsed: types.MasterPlaylist | types.MediaPlaylist;
  try {
    parsed = parse(text);
  } catch (cause) {
    throw unsupported('the playlist is not HLS', cause);
  }
  if (parsed.isMasterPlaylist) return { type: 'master', url: absolute(chooseVariant(parsed.variants), url) };
  return mediaPlaylist(parsed, url);
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
  if (parsed.segments.length > MAX_SEGMENTS) throw unsupported('the playlist has too many segments');
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

function absolute(uri: string, base: string): string {
  const url = URL.parse(uri, base);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw unsupported('the playlist names something other than a web address');
  }
  return url.href;
}

function unsupported(message: string, cause?: unknown): PlayerError {
  return new PlayerError('MEDIA_UNSUPPORTED', message, { cause });
}
