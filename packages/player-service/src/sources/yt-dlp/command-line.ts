import type { ClientVariant } from './sites.ts';

/** What one process of yt-dlp is asked for. */
export type ExtractionTarget =
  /** A page, resolved completely; of a playlist, all entries without resolving them. */
  | { readonly type: 'page'; readonly url: string; readonly maxEntries: number }
  /** The best hit, resolved completely. */
  | { readonly type: 'first-hit'; readonly words: string }
  /** Candidates, none of them resolved. */
  | { readonly type: 'hits'; readonly words: string; readonly limit: number };

export interface CommandLineOptions {
  /** For `--ies`; see `sites.ts`. */
  readonly extractors: readonly string[];
  /** What stands before the number of a search: `ytsearch`, `scsearch`. */
  readonly searchKey: string;
  /** The egress guard. */
  readonly proxyUrl: string;
  /** An engine for the scripts of sites that need one: `node:/path`. yt-dlp looks for deno by itself otherwise. */
  readonly jsRuntime?: string | undefined;
  /** An absolute path; none keeps nothing. */
  readonly cacheFolder?: string | undefined;
  /** For tests and the demo; empty in production. */
  readonly pluginFolders: readonly string[];
}

/**
 * The format that costs least to play: 48 kHz Opus is sent as it is. Plain downloads come first, since they can be sought
 * to a frame; then HLS, whose playlists the player reads itself, with no more video than there must be. The last choices
 * let metadata through that explain why a track cannot be played.
 */
const DIRECT = "[protocol~='^https?$']";
const HLS = '[protocol^=m3u8]';
const FORMAT = [
  `bestaudio[acodec=opus][asr=48000]${DIRECT}`,
  `bestaudio[acodec=opus]${DIRECT}`,
  `bestaudio${DIRECT}`,
  `best${DIRECT}`,
  `bestaudio${HLS}[acodec!=opus]`, // Opus in Ogg segments cannot be begun in the middle
  `bestaudio${HLS}`,
  `best${HLS}[height<=480]`,
  `worst${HLS}`,
  'bestaudio',
  'best',
].join('/');

const FIELDS = [
  '_type',
  'id',
  'title',
  'url',
  'webpage_url',
  'ext',
  'acodec',
  'protocol',
  'duration',
  'is_live',
  'live_status',
  'thumbnail',
  'thumbnails',
  'artist',
  'channel',
  'uploader',
  'view_count',
  'http_headers',
  'playlist_id',
  'playlist_title',
].join(',');

/**
 * The one command line of yt-dlp. What a user typed stands behind `--`, in one argument, and a search is always built here.
 * Durations and live streams are judged on the output instead of with `--match-filters`, which leaves out silently.
 */
export function commandLine(
  options: CommandLineOptions,
  target: ExtractionTarget,
  variant?: ClientVariant,
): readonly string[] {
  return [
    '--ignore-config',
    '--no-plugin-dirs', // also forgets the default folders
    ...options.pluginFolders.flatMap((folder) => ['--plugin-dirs', folder]),
    '--no-update',
    ...(options.cacheFolder === undefined ? ['--no-cache-dir'] : ['--cache-dir', options.cacheFolder]),
    '--no-cookies',
    '--no-cookies-from-browser',
    '--no-exec',
    '--no-remote-components', // no code from the network
    ...(options.jsRuntime === undefined ? [] : ['--no-js-runtimes', '--js-runtimes', options.jsRuntime]),
    ...['--ies', options.extractors.join(',')],
    ...['--proxy', options.proxyUrl],
    ...['--xff', 'never'],
    ...['--socket-timeout', '10'],
    ...['--retries', '2'],
    ...['--extractor-retries', '1'],
    ...(variant === undefined ? [] : ['--extractor-args', variant.extractorArguments]),
    ...['--color', 'never'],
    ...['--format', FORMAT],
    ...['--print', `%(.{${FIELDS}})j`], // one line of ASCII JSON for each entry; implies --simulate and --quiet
    ...targetArguments(options.searchKey, target),
  ];
}

function targetArguments(searchKey: string, target: ExtractionTarget): readonly string[] {
  switch (target.type) {
    case 'page':
      return [
        '--no-playlist', // a video within a playlist is a video
        ...['--flat-playlist', '--lazy-playlist'],
        ...['--playlist-items', `1:${target.maxEntries}`],
        ...['--', target.url],
      ];
    case 'first-hit':
      return ['--', `${searchKey}1:${target.words}`];
    case 'hits':
      return ['--flat-playlist', '--', `${searchKey}${target.limit}:${target.words}`];
  }
}
