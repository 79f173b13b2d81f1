import { LIMITS, PlayerError } from '@bandstand/protocol';
import { LRUCache } from 'lru-cache';
import {
  DEFAULT_BREAKER,
  SiteBreakers,
  type SiteBreakersOptions,
  type SiteHealth,
} from '../breaker/site-breakers.ts';
import { cleanText } from '../clean-text.ts';
import { parseQuery, tryParseQuery } from '../query.ts';
import { SharedList } from '../sharing/shared-list.ts';
import { SingleFlight } from '../sharing/single-flight.ts';
import type { LoadResult, RequestOptions, Source, Track } from '../source.ts';
import type { CommandLineOptions, ExtractionTarget } from './command-line.ts';
import { type Entry, isUnresolved, mediaOf, trackOf, type WebMedia } from './entry.ts';
import { Extractor, type ExtractorOptions } from './extractor.ts';
import { type OpenStarterOptions, openStarter } from './open-starter.ts';
import { PersistentExtractor } from './persistent-extractor.ts';
import { isOfSite, SITES, type Site } from './sites.ts';
import type { StarterStatus, YtDlpStarter } from './starter.ts';

export interface YtDlpSourceOptions
  extends Omit<ExtractorOptions, 'commandLine' | 'starter'>,
    Omit<OpenStarterOptions, 'commandLine'> {
  readonly proxyUrl: string;
  readonly searchKey?: string;
  readonly jsRuntime?: string | undefined;
  /** Where player scripts are kept; without one they are fetched and read again for every track. */
  readonly cacheFolder?: string | undefined;
  /** Entries taken from one playlist; 5,000 at most. */
  readonly playlistLimit: number;
  readonly maxTrackMs: number;
  readonly liveAllowed: boolean;
  /** How soon, and for how long, a site that fails is left in peace. */
  readonly breaker?: Partial<SiteBreakersOptions> | undefined;
  /** For tests and the demo, refused in production. */
  readonly sites?: readonly Site[];
  readonly pluginFolders?: readonly string[];
  readonly isProduction: boolean;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** What a load found, kept so that equal loads share it. */
type Loaded =
  | { readonly type: 'track'; readonly track: Track }
  | { readonly type: 'playlist'; readonly name: string; readonly list: SharedList<Track> }
  | { readonly type: 'empty' };

const DEFAULT_SEARCH_KEY = 'ytsearch';
const HARD_PLAYLIST_LIMIT = 5_000;
/** Counted in tracks; a playlist counts as many as it may hold. */
const LOADS_KEPT = 20_000;
const SEARCHES_KEPT = 500;
const LOADS_KEPT_MS = 10 * 60_000;
const MEDIA_KEPT = 2_000;
/** For media whose URL does not tell how long it is good. */
const MEDIA_KEPT_MS = 5 * 60_000;
/** A URL that ends sooner is not worth keeping. */
const MEDIA_MARGIN_MS = 60_000;

/** Tracks of web sites, found by yt-dlp. A track that was loaded is playable at once: its media came along. */
export class YtDlpSource implements Source {
  readonly name = 'yt-dlp';
  /** As `yt-dlp --version` tells it. */
  readonly version: string;
  readonly #options: YtDlpSourceOptions;
  readonly #sites: readonly Site[];
  readonly #starter: YtDlpStarter;
  readonly #extractor: Extractor;
  readonly #persistent: PersistentExtractor;
  readonly #breakers: SiteBreakers;
  readonly #loads: LRUCache<string, Loaded>;
  readonly #searches: LRUCache<string, readonly Track[]>;
  readonly #media: LRUCache<string, WebMedia>;
  readonly #loading = new SingleFlight<Loaded>();
  readonly #searching = new SingleFlight<readonly Track[]>();
  readonly #resolving = new SingleFlight<WebMedia>();
  readonly #closing = new AbortController();
  readonly #now: () => number;

  /**
   * @throws {@link PlayerError} `EXTRACTOR_MISSING` when yt-dlp is absent or too old; a plain error when switches for tests
   * are on in production.
   */
  static async open(options: YtDlpSourceOptions): Promise<YtDlpSource> {
    if (options.isProduction && (options.sites !== undefined || (options.pluginFolders ?? []).length > 0)) {
      throw new Error('plugins and other sites of yt-dlp are for tests, not for production');
    }
    const commandLine = commandLineOptions(options);
    const { starter, version } = await openStarter({ ...options, commandLine });
    return new YtDlpSource(options, version, starter, commandLine);
  }

  private constructor(
    options: YtDlpSourceOptions,
    version: string,
    starter: YtDlpStarter,
    commandLine: CommandLineOptions,
  ) {
    this.#options = options;
    this.version = version;
    this.#sites = options.sites ?? SITES;
    this.#now = options.now ?? Date.now;
    this.#starter = starter;
    this.#extractor = new Extractor({ ...options, starter, commandLine });
    this.#breakers = new SiteBreakers({
      ...DEFAULT_BREAKER,
      now: () => performance.now(),
      ...options.breaker,
    });
    this.#persistent = new PersistentExtractor({
      extractor: this.#extractor,
      breakers: this.#breakers,
      sites: this.#sites,
      searchKey: commandLine.searchKey,
      patienceMs: options.deadlineMs / 3,
    });
    const clock = { perf: { now: this.#now }, ttlResolution: 0 };
    this.#loads = new LRUCache({ maxSize: LOADS_KEPT, ttl: LOADS_KEPT_MS, ...clock });
    this.#searches = new LRUCache({ max: SEARCHES_KEPT, ttl: LOADS_KEPT_MS, ...clock });
    this.#media = new LRUCache({ max: MEDIA_KEPT, ttl: MEDIA_KEPT_MS, ...clock });
  }

  /** How yt-dlp is started now. */
  get starting(): StarterStatus {
    return this.#starter.status;
  }

  health(): readonly SiteHealth[] {
    return this.#breakers.health();
  }

  accepts(query: string): boolean {
    const parsed = tryParseQuery(query);
    if (parsed === undefined) return false;
    return parsed.type !== 'url' || this.#sites.some((site) => isOfSite(site, parsed.url));
  }

  async load(query: string, options: RequestOptions): Promise<LoadResult> {
    const parsed = parseQuery(query);
    if (parsed.type === 'url' && !this.accepts(query)) {
      throw new PlayerError('UNSUPPORTED_URL', 'the URL is of none of the enabled sites');
    }
    const key = parsed.text;
    const loaded =
      this.#keptLoad(key) ??
      (await this.#loading.run(key, this.#alive(options.signal), (signal) => {
        const target: ExtractionTarget =
          parsed.type === 'url'
            ? { type: 'page', url: parsed.text, maxEntries: this.#playlistLimit }
            : { type: 'first-hit', words: parsed.text };
        return this.#load(key, target, { ...options, signal });
      }));
    if (loaded.type !== 'playlist') return loaded;
    return { type: 'playlist', name: loaded.name, tracks: loaded.list.read(this.#alive(options.signal)) };
  }

  async search(
    words: string,
    options: RequestOptions & { readonly limit: number },
  ): Promise<readonly Track[]> {
    const { text } = parseQuery(words);
    const key = `${options.limit} ${text}`;
    const known = this.#searches.get(key);
    if (known !== undefined) return known;
    return this.#searching.run(key, this.#alive(options.signal), async (signal) => {
      const tracks: Track[] = [];
      const target: ExtractionTarget = { type: 'hits', words: text, limit: options.limit };
      for await (const entry of this.#persistent.extract(target, { ...options, signal })) {
        const track = trackOf(entry);
        if (track !== undefined) tracks.push(track);
      }
      this.#searches.set(key, tracks);
      return tracks;
    });
  }

  async resolve(track: Track, options: RequestOptions & { readonly fresh?: boolean }): Promise<WebMedia> {
    const { identifier } = track;
    const parsed = parseQuery(identifier); // tracks come from the store and the wire, too
    if (parsed.type !== 'url' || !this.accepts(identifier)) {
      throw new PlayerError('UNSUPPORTED_URL', 'the track is of none of the enabled sites');
    }
    if (options.fresh === true) this.#media.delete(identifier);
    const known = this.#media.get(identifier);
    if (known !== undefined) return known;
    return this.#resolving.run(identifier, this.#alive(options.signal), async (signal) => {
      const target: ExtractionTarget = { type: 'page', url: parsed.text, maxEntries: 1 };
      for await (const entry of this.#persistent.extract(target, { ...options, signal })) {
        if (isUnresolved(entry)) break;
        return this.#keepMedia(identifier, entry);
      }
      throw new PlayerError('TRACK_UNAVAILABLE', 'the page has no track any more');
    });
  }

  /** Requests under way fail with `PLAYER_SHUTTING_DOWN`; their processes end. */
  async close(): Promise<void> {
    this.#closing.abort(new PlayerError('PLAYER_SHUTTING_DOWN', 'the source is closed'));
    this.#loads.clear();
    this.#searches.clear();
    this.#media.clear();
    await this.#extractor.close();
    await this.#starter.close();
  }

  get #playlistLimit(): number {
    return Math.min(this.#options.playlistLimit, HARD_PLAYLIST_LIMIT);
  }

  #keptLoad(key: string): Loaded | undefined {
    const kept = this.#loads.get(key);
    return kept?.type === 'playlist' && kept.list.status === 'failed' ? undefined : kept;
  }

  #alive(signal: AbortSignal): AbortSignal {
    return AbortSignal.any([signal, this.#closing.signal]);
  }

  async #load(key: string, target: ExtractionTarget, options: RequestOptions): Promise<Loaded> {
    // Aborted with the load while it looks for the first entry; afterwards a playlist lives as long as somebody reads it.
    const reading = new AbortController();
    const onAbort = () => reading.abort(options.signal.reason);
    options.signal.addEventListener('abort', onAbort, { once: true });
    const signal = AbortSignal.any([reading.signal, this.#closing.signal]);
    const entries = this.#persistent.extract(target, { ...options, signal });
    try {
      const first = await entries.next();
      if (first.done === true) return { type: 'empty' };
      if (target.type === 'page' && (isUnresolved(first.value) || first.value.playlist_id != null)) {
        return this.#keepPlaylist(key, entries, first.value, reading);
      }
      const loaded = this.#keepTrack(first.value);
      this.#loads.set(key, loaded, { size: 1 });
      await entries.return();
      return loaded;
    } finally {
      options.signal.removeEventListener('abort', onAbort);
    }
  }

  #keepTrack(entry: Entry): Loaded {
    const track = trackOf(entry);
    if (track === undefined) throw new PlayerError('EXTRACTOR_BROKEN', 'yt-dlp gave a track without a page');
    this.#keepMedia(track.identifier, entry);
    return { type: 'track', track };
  }

  #keepPlaylist(key: string, entries: AsyncIterable<Entry>, first: Entry, reading: AbortController): Loaded {
    const list = new SharedList(tracksOf(first, entries), () => {
      this.#loads.delete(key);
      reading.abort(new PlayerError('PLAYER_BUSY', 'nobody reads the playlist any more'));
    });
    const name = cleanText(first.playlist_title ?? first.playlist_id, LIMITS.titleCharacters) ?? key;
    const loaded: Loaded = { type: 'playlist', name, list };
    this.#loads.set(key, loaded, { size: this.#playlistLimit });
    return loaded;
  }

  #keepMedia(identifier: string, entry: Entry): WebMedia {
    this.#assertPlayable(entry);
    const media = mediaOf(entry);
    const { expiresAtMs } = media;
    const ttl = expiresAtMs === undefined ? MEDIA_KEPT_MS : expiresAtMs - MEDIA_MARGIN_MS - this.#now();
    if (ttl > 0) this.#media.set(identifier, media, { ttl });
    return media;
  }

  #assertPlayable(entry: Entry): void {
    const track = trackOf(entry);
    if (entry.live_status === 'is_upcoming') {
      throw new PlayerError('TRACK_UNAVAILABLE', 'the live stream has not begun');
    }
    if (track?.isLive === true && !this.#options.liveAllowed) {
      throw new PlayerError('LIVE_NOT_ALLOWED', 'live streams are switched off');
    }
    if ((track?.durationMs ?? 0) > this.#options.maxTrackMs) {
      throw new PlayerError('TRACK_TOO_LONG', 'the track exceeds the configured length', {
        details: { durationMs: track?.durationMs ?? 0, maxTrackMs: this.#options.maxTrackMs },
      });
    }
  }
}

function commandLineOptions(options: YtDlpSourceOptions): CommandLineOptions {
  return {
    extractors: (options.sites ?? SITES).map(({ extractors }) => extractors),
    searchKey: options.searchKey ?? DEFAULT_SEARCH_KEY,
    proxyUrl: options.proxyUrl,
    jsRuntime: options.jsRuntime,
    cacheFolder: options.cacheFolder,
    pluginFolders: options.pluginFolders ?? [],
  };
}

async function* tracksOf(first: Entry, rest: AsyncIterable<Entry>): AsyncGenerator<Track> {
  const track = trackOf(first);
  if (track !== undefined) yield track;
  for await (const entry of rest) {
    const next = trackOf(entry);
    if (next !== undefined) yield next;
  }
}
