import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';

/** How a track is offered as HLS. */
export type SiteHls =
  | { readonly type: 'vod' }
  /** A window of segments that moves on with the time since the site opened. */
  | { readonly type: 'live' }
  /** A playlist whose only segment is itself. */
  | { readonly type: 'self' }
  /** A playlist that names this address, as a playlist, a segment, a key or an initialisation. */
  | { readonly type: 'names'; readonly as: 'variant' | 'segment' | 'key' | 'map'; readonly url: string };

export interface HlsTrack {
  readonly hls: SiteHls;
  /** An MPEG transport stream. */
  readonly path: string;
  readonly durationMs: number;
  /** Since the live stream began. */
  readonly ageMs: number;
}

const SEGMENT_MS = 2_000;
const LIVE_WINDOW = 5;
const PACKET_BYTES = 188;
const HEAD = ['#EXTM3U', '#EXT-X-VERSION:3', `#EXT-X-TARGETDURATION:${SEGMENT_MS / 1_000}`];
const EXTINF = `#EXTINF:${SEGMENT_MS / 1_000},`;

/** Answers `index.m3u8` and `<number>.ts` of one track. Any cut between two packets of a transport stream is a segment. */
export async function respondWithHls(track: HlsTrack, name: string, response: ServerResponse): Promise<void> {
  const segments = Math.round(track.durationMs / SEGMENT_MS);
  if (name === 'index.m3u8') {
    const lines = playlistLines(track, segments).join('\n');
    response.writeHead(200, { 'content-type': 'application/vnd.apple.mpegurl' }).end(`${lines}\n`);
    return;
  }
  const bytes = await readFile(track.path);
  const packets = bytes.length / PACKET_BYTES;
  const index = Number.parseInt(name, 10) % segments;
  const cut = (at: number) => Math.round((packets * at) / segments) * PACKET_BYTES;
  response.writeHead(200, { 'content-type': 'video/mp2t' }).end(bytes.subarray(cut(index), cut(index + 1)));
}

function playlistLines({ hls, ageMs }: HlsTrack, segments: number): readonly string[] {
  switch (hls.type) {
    case 'vod':
      return [...HEAD, ...numbered(0, segments), '#EXT-X-ENDLIST'];
    case 'live': {
      const first = Math.floor(ageMs / SEGMENT_MS);
      return [...HEAD, `#EXT-X-MEDIA-SEQUENCE:${first}`, ...numbered(first, first + LIVE_WINDOW)];
    }
    case 'self':
      return [...HEAD, EXTINF, 'index.m3u8', '#EXT-X-ENDLIST'];
    case 'names':
      return namingLines(hls);
  }
}

function namingLines({ as, url }: SiteHls & { type: 'names' }): readonly string[] {
  switch (as) {
    case 'variant':
      return ['#EXTM3U', '#EXT-X-STREAM-INF:BANDWIDTH=128000,CODECS="mp4a.40.2"', url];
    case 'segment':
      return [...HEAD, EXTINF, url, '#EXT-X-ENDLIST'];
    case 'key':
      return [...HEAD, `#EXT-X-KEY:METHOD=AES-128,URI="${url}"`, EXTINF, '0.ts', '#EXT-X-ENDLIST'];
    case 'map':
      return [...HEAD, `#EXT-X-MAP:URI="${url}"`, EXTINF, '0.ts', '#EXT-X-ENDLIST'];
  }
}

function numbered(from: number, to: number): readonly string[] {
  return Array.from({ length: to - from }, (_, index) => `${EXTINF}\n${from + index}.ts`);
}
