import { LIMITS, PlayerError } from '@bandstand/protocol';
import { z } from 'zod';
import type { HlsMedia, HttpMedia } from '../../audio/media.ts';
import { cleanText, cleanUrl } from '../clean-text.ts';
import type { Track } from '../source.ts';

/** One field gone wrong is no reason to lose the track. */
const text = z.string().nullish().catch(undefined);
const number = z.number().finite().nonnegative().nullish().catch(undefined);

/** One line of yt-dlp's output: its info dict, cut down to the fields of `command-line.ts`. */
const entrySchema = z.object({
  _type: text,
  id: z.union([z.string(), z.number()]).nullish().catch(undefined),
  title: text,
  url: text,
  webpage_url: text,
  ext: text,
  acodec: text,
  protocol: text,
  duration: number,
  is_live: z.boolean().nullish().catch(undefined),
  live_status: text,
  thumbnail: text,
  thumbnails: z
    .array(z.object({ url: text }))
    .nullish()
    .catch(undefined),
  artist: text,
  channel: text,
  uploader: text,
  view_count: number,
  http_headers: z.record(z.string(), z.string()).nullish().catch(undefined),
  playlist_id: text,
  playlist_title: text,
});

export type Entry = z.infer<typeof entrySchema>;

/** @throws {@link PlayerError} `EXTRACTOR_BROKEN` when the line is not an info dict. */
export function parseEntry(line: string): Entry {
  try {
    return entrySchema.parse(JSON.parse(line));
  } catch (cause) {
    throw new PlayerError('EXTRACTOR_BROKEN', 'yt-dlp wrote something other than an entry', { cause });
  }
}

/** Listed in a playlist or a search, but not looked into: it has no media yet. */
export function isUnresolved(entry: Entry): boolean {
  return entry._type === 'url' || entry._type === 'url_transparent';
}

/** @returns `undefined` for an entry without an address that could be asked for again. */
export function trackOf(entry: Entry): Track | undefined {
  const page = cleanUrl(entry.webpage_url, LIMITS.urlCharacters);
  const identifier = page ?? (isUnresolved(entry) ? cleanUrl(entry.url, LIMITS.urlCharacters) : undefined);
  if (identifier === undefined) return undefined;
  const isLive = entry.is_live === true || entry.live_status === 'is_live';
  const durationMs = isLive || !entry.duration ? undefined : Math.round(entry.duration * 1_000);
  return {
    source: 'yt-dlp',
    identifier,
    title: titleOf(entry, isLive) ?? identifier.slice(0, LIMITS.titleCharacters),
    webpageUrl: identifier,
    durationMs,
    isLive,
    thumbnailUrl: cleanUrl(entry.thumbnail ?? entry.thumbnails?.at(-1)?.url, LIMITS.urlCharacters),
    channel: cleanText(entry.artist ?? entry.channel ?? entry.uploader, LIMITS.titleCharacters),
    viewCount: entry.view_count == null ? undefined : Math.trunc(entry.view_count),
  };
}

/** yt-dlp appends the time of the extraction to the title of a live stream. */
function titleOf(entry: Entry, isLive: boolean): string | undefined {
  const title = isLive ? entry.title?.replace(/ \d{4}-\d\d-\d\d \d\d:\d\d$/, '') : entry.title;
  return cleanText(title, LIMITS.titleCharacters);
}

const CONTAINERS: Readonly<Record<string, HttpMedia['container']>> = {
  webm: 'webm',
  ogg: 'ogg',
  opus: 'ogg',
  m4a: 'mp4',
  mp4: 'mp4',
  mp3: 'mp3',
  flac: 'flac',
  wav: 'wav',
  aac: 'adts',
};

const CODECS: readonly (readonly [pattern: RegExp, codec: HttpMedia['codec']])[] = [
  [/^opus/, 'opus'],
  [/^(?:mp4a|aac)/, 'aac'],
  [/^mp3/, 'mp3'],
  [/^vorbis/, 'vorbis'],
  [/^flac/, 'flac'],
  [/^pcm/, 'pcm'],
];

/** Headers the media server may insist on. Whatever could end a header line or carry a login stays behind. */
const PASSED_HEADERS = ['user-agent', 'accept', 'accept-language', 'referer', 'origin'];

const KINDS: readonly (readonly [protocol: RegExp, kind: WebMedia['kind']])[] = [
  [/^https?$/, 'http'],
  [/^m3u8/, 'hls'],
];

/** What the web has to play. */
export type WebMedia = HttpMedia | HlsMedia;

/** @throws {@link PlayerError} `MEDIA_UNSUPPORTED` when the site offers neither a plain download nor HLS. */
export function mediaOf(entry: Entry): WebMedia {
  const url = entry.url == null ? null : URL.parse(entry.url);
  const kind = KINDS.find(([protocol]) => protocol.test(entry.protocol ?? ''))?.[1];
  if (url === null || !/^https?:$/.test(url.protocol) || kind === undefined) {
    throw new PlayerError('MEDIA_UNSUPPORTED', 'the site offers neither a plain download nor HLS', {
      details: { protocol: entry.protocol?.slice(0, 32) ?? null },
    });
  }
  const isLive = entry.is_live === true || entry.live_status === 'is_live';
  const headers = Object.entries(entry.http_headers ?? {}).filter(
    ([name, value]) => PASSED_HEADERS.includes(name.toLowerCase()) && /^[\x20-\x7e]*$/.test(value),
  );
  return {
    kind,
    url: url.href,
    headers: Object.fromEntries(headers),
    container: kind === 'hls' ? undefined : CONTAINERS[entry.ext ?? ''],
    codec: CODECS.find(([pattern]) => pattern.test(entry.acodec ?? ''))?.[1],
    durationMs: isLive || !entry.duration ? undefined : Math.round(entry.duration * 1_000),
    isLive,
    expiresAtMs: expiryOf(url),
  };
}

/** The parameter that says when a signed URL ends, in seconds since 1970; sites agree on little else. */
function expiryOf(url: URL): number | undefined {
  for (const [name, value] of url.searchParams) {
    if (/^(?:expires?|exp)$/i.test(name) && /^\d{10}$/.test(value)) return Number(value) * 1_000;
  }
  return undefined;
}
