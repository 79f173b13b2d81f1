import type { Media } from '../audio/media.ts';
import type { SiteHealth } from './breaker/site-breakers.ts';

/** A resolved thing to play. Plain data: it is stored and crosses the wire. No signed URL in it. */
export interface Track {
  /** Which source can resolve it again. */
  readonly source: SourceName;
  /** Stable identity within the source: a video id, a canonical URL, a path relative to the root. */
  readonly identifier: string;
  readonly title: string;
  /** The page a person may open; absent for local files. */
  readonly webpageUrl?: string | undefined;
  readonly durationMs?: number | undefined;
  readonly isLive: boolean;
  readonly thumbnailUrl?: string | undefined;
  /** Uploader, artist or channel. */
  readonly channel?: string | undefined;
  readonly viewCount?: number | undefined;
}

export const SOURCE_NAMES = ['yt-dlp', 'http', 'files'] as const;
export type SourceName = (typeof SOURCE_NAMES)[number];

/** Lavalink's load result, with the playlist streamed: the first track is there before the last was read. */
export type LoadResult =
  | { readonly type: 'track'; readonly track: Track }
  | { readonly type: 'playlist'; readonly name: string; readonly tracks: AsyncIterable<Track> }
  | { readonly type: 'empty' };

export interface RequestOptions {
  /** Aborting ends every child process and socket of the request; the promise then rejects with `signal.reason`. */
  readonly signal: AbortSignal;
  /**
   * Whose request this is where slots are scarce, usually a guild id: requests of one share take turns with those of
   * others, and no share takes all slots. Requests without one stand for themselves.
   */
  readonly share?: string | undefined;
}

/**
 * Where tracks come from. Every implementation runs the same conformance suite.
 * Expected failures reject with a `PlayerError` whose code says the cause.
 */
export interface Source {
  readonly name: SourceName;
  /** Whether this source takes the query (a URL, a path or search words, as the user typed it, trimmed). */
  accepts(query: string): boolean;
  /** What a `/play` of the query means. */
  load(query: string, options: RequestOptions): Promise<LoadResult>;
  /** Several candidates for search words; `[]` when nothing fits or the source cannot search. */
  search(words: string, options: RequestOptions & { readonly limit: number }): Promise<readonly Track[]>;
  /** Where the bytes are now. Asked again whenever the answer expired or was refused. */
  resolve(track: Track, options: RequestOptions & { readonly fresh?: boolean }): Promise<Media>;
  /** Sites of this source that fail at the moment; `[]` when all is well. */
  health?(): readonly SiteHealth[];
  /** Ends whatever still runs. */
  close(): Promise<void>;
}
