import { PlayerError } from '@bandstand/protocol';
import { type HlsPlaylist, MAX_PLAYLIST_BYTES, readPlaylist } from '../../hls/playlist.ts';
import { fetchMediaHead, type MediaHeadOptions } from './media-head.ts';

export interface HlsDescription {
  readonly isLive: boolean;
  /** Absent for a live stream. */
  readonly durationMs: number | undefined;
}

/**
 * What an HLS address leads to: the playlist itself, or the one of its playlists that would be played.
 *
 * @throws {@link PlayerError} as {@link fetchMediaHead} and {@link readPlaylist} do.
 */
export async function describeHls(url: URL, how: MediaHeadOptions): Promise<HlsDescription> {
  const outer = await fetchPlaylist(url, how);
  const inner = outer.type === 'master' ? await fetchPlaylist(new URL(outer.url), how) : outer;
  if (inner.type === 'master') {
    throw new PlayerError('MEDIA_UNSUPPORTED', 'a playlist of playlists names another one');
  }
  const { isLive, durationMs } = inner;
  return { isLive, durationMs: isLive ? undefined : Math.round(durationMs) };
}

async function fetchPlaylist(url: URL, how: MediaHeadOptions): Promise<HlsPlaylist> {
  const head = await fetchMediaHead(url, { ...how, maxBytes: MAX_PLAYLIST_BYTES });
  return readPlaylist(head.bytes.toString('utf8'), head.url.href);
}
