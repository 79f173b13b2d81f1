import type { SiteHls } from './hls-responder.ts';
import type { MediaFormat, Sound } from './synthesize.ts';

/** How the plugin fails for a page; the words are those of the site that is imitated. */
export interface PageFailure {
  readonly kind:
    | 'expected'
    | 'login'
    | 'geo'
    | 'no_formats'
    | 'drm'
    | 'not_live'
    | 'broken'
    | 'bug'
    | 'no_js';
  readonly text?: string;
  readonly countries?: readonly string[];
  /** This client of the site (`--extractor-args tonesite:client=…`) is answered as if nothing were wrong. */
  readonly spares?: string;
}

/** How the media server misbehaves for the track's bytes. */
export type MediaFault =
  /** Breaks the connection at 30 % of the file; a request that starts behind that is served. */
  | 'cut'
  /** One byte each half second. */
  | 'drip'
  /** The first 32 kB, then silence. */
  | 'stall'
  /** A web page under the name of a sound file. */
  | 'html'
  /** Ignores `Range`. */
  | 'no-range'
  /** Claims 4 GiB. */
  | 'huge'
  /** Zeros instead of sound. */
  | 'zeros'
  /** Half of the file, passed off as all of it. */
  | 'truncated'
  | 'status-403'
  | 'status-404'
  | 'status-429'
  | 'status-500'
  /** Never answers. */
  | 'hang'
  /** Six redirects to the real bytes. */
  | 'redirects'
  /** A redirect to the address of a cloud's metadata service. */
  | 'redirect-inside';

export interface SiteTrack {
  readonly id: string;
  readonly title: string;
  readonly sound: Sound;
  readonly durationMs: number;
  /** What the page offers, worst first, as yt-dlp wants it. */
  readonly formats: readonly MediaFormat[];
  readonly uploader?: string;
  /** What the page says when it lies. */
  readonly claimedDurationMs?: number;
  readonly isLive?: boolean;
  readonly failure?: PageFailure;
  /** The page answers this status, nothing else. */
  readonly pageStatus?: number;
  readonly pageDelayMs?: number;
  /** The page never answers. */
  readonly pageHangs?: boolean;
  /** The page and the media are a redirect to this address. */
  readonly redirectsTo?: string;
  /** Life of the signed media URLs; six hours and any number of requests when absent. */
  readonly signature?: { readonly lifetimeMs?: number; readonly uses?: number };
  readonly fault?: MediaFault;
  /** Offered in this way alone, instead of as downloads. */
  readonly hls?: SiteHls;
}

export interface SitePlaylist {
  readonly id: string;
  readonly title: string;
  readonly trackIds: readonly string[];
  /** Pages after the first wait until `releasePages()`. */
  readonly holdsPages?: boolean;
}

type Variation = Partial<Omit<SiteTrack, 'id'>>;

function toneTrack(id: string, hz: number, format: MediaFormat, variation: Variation = {}): SiteTrack {
  const title = `${hz} Hz as ${format}`;
  return {
    id,
    title,
    sound: { type: 'tone', hz },
    durationMs: 6_000,
    formats: [format],
    uploader: 'Tone Generator',
    ...variation,
  };
}

function failing(
  id: string,
  kind: PageFailure['kind'],
  text?: string,
  countries?: readonly string[],
): SiteTrack {
  const failure: PageFailure = { kind, ...(text !== undefined && { text }), ...(countries && { countries }) };
  return toneTrack(id, 440, 'webm', { title: `Unavailable: ${id}`, failure });
}

function faulty(fault: MediaFault, format: MediaFormat = 'webm'): SiteTrack {
  return toneTrack(`fault-${fault}`, 440, format, { title: `Fault: ${fault}`, fault });
}

/** What the site has when it opens; a test adds what it needs besides. */
export const CATALOGUE: readonly SiteTrack[] = [
  {
    id: 'tune',
    title: 'A Small Tune',
    sound: { type: 'tune' },
    durationMs: 24_000,
    formats: ['m4a', 'webm'],
    uploader: 'The Oscillators',
  },
  toneTrack('tone440', 440, 'webm'),
  toneTrack('tone660', 660, 'webm'),
  toneTrack('tone880', 880, 'ogg'),
  toneTrack('choice', 500, 'webm', { title: 'Many formats', formats: ['mp3', 'webm', 'm4a'] }),
  ...(['m4a', 'mp4', 'mp3', 'aac', 'flac', 'wav', 'mono44'] as const).map((format) =>
    toneTrack(`as-${format}`, 440, format),
  ),
  toneTrack('short', 440, 'webm', { title: 'Half a second', durationMs: 500 }),
  toneTrack('minute', 330, 'webm', { title: 'A whole minute', durationMs: 60_000 }),

  failing(
    'private',
    'no_formats',
    "Private video. Sign in if you've been granted access to this video. Use --cookies-from-browser or --cookies for the authentication",
  ),
  failing('removed', 'no_formats', 'Video unavailable. This video has been removed by the uploader'),
  failing(
    'terminated',
    'no_formats',
    'Video unavailable. This video is no longer available because the YouTube account associated with this video has been terminated.',
  ),
  failing('unavailable', 'no_formats', 'Video unavailable'),
  failing(
    'age',
    'no_formats',
    'Sign in to confirm your age. This video may be inappropriate for some users. Use --cookies-from-browser or --cookies for the authentication',
  ),
  failing(
    'bot-check',
    'no_formats',
    'Sign in to confirm you’re not a bot. Use --cookies-from-browser or --cookies for the authentication',
  ),
  failing('captcha', 'no_formats', 'Please wait. YouTube is requiring a captcha challenge before playback'),
  failing(
    'members',
    'no_formats',
    'Join this channel to get access to members-only content like this video, and other exclusive perks.',
  ),
  failing('login', 'login'),
  failing('geo', 'geo', 'The uploader has not made this video available in your country', ['SE', 'NO']),
  failing(
    'blocked',
    'no_formats',
    'Video unavailable. This video contains content from Example Music, who has blocked it in your country on copyright grounds',
  ),
  failing(
    'limited',
    'no_formats',
    "This content isn't available, try again later. The current session has been rate-limited by YouTube for up to an hour. It is recommended to use `-t sleep` to add a delay between video requests",
  ),
  failing('premiere', 'no_formats', 'Premieres in 3 hours'),
  failing('drm', 'drm'),
  failing('offline', 'not_live'),
  failing('broken', 'broken'),
  failing('bug', 'bug'),
  failing('no-js', 'no_js'),
  toneTrack('page-429', 440, 'webm', { pageStatus: 429 }),
  toneTrack('page-404', 440, 'webm', { pageStatus: 404 }),
  toneTrack('page-500', 440, 'webm', { pageStatus: 500 }),
  toneTrack('slow', 440, 'webm', { title: 'Slow page', pageDelayMs: 1_500 }),
  toneTrack('hanging', 440, 'webm', { title: 'Hanging page', pageHangs: true }),
  toneTrack('live', 440, 'mp3', { title: 'Tone Radio', isLive: true }),
  toneTrack('hls', 440, 'ts', { title: 'In segments', durationMs: 24_000, hls: { type: 'vod' } }),
  toneTrack('hls-live', 440, 'ts', {
    title: 'Live in segments',
    durationMs: 60_000,
    isLive: true,
    hls: { type: 'live' },
  }),
  toneTrack('hls-self', 440, 'ts', { title: 'Segments in circles', hls: { type: 'self' } }),
  toneTrack('too-long', 440, 'webm', { title: 'Thirteen hours', claimedDurationMs: 13 * 3_600_000 }),
  toneTrack('hostile-title', 440, 'webm', {
    title: `@everyone \u202e[click](https://evil.example)\n<@123> ${'x'.repeat(100_000)}`,
  }),
  toneTrack('once', 440, 'webm', { title: 'URL good for one request', signature: { uses: 1 } }),
  toneTrack('brief', 440, 'webm', { title: 'URL good for two seconds', signature: { lifetimeMs: 2_000 } }),

  ...(
    [
      'cut',
      'drip',
      'stall',
      'no-range',
      'huge',
      'zeros',
      'truncated',
      'hang',
      'redirects',
      'redirect-inside',
    ] as const
  ).map((fault) => faulty(fault)),
  ...(['status-403', 'status-404', 'status-429', 'status-500'] as const).map((fault) => faulty(fault)),
  faulty('html', 'mp3'),
];

export const PLAYLISTS: readonly SitePlaylist[] = [
  { id: 'three', title: 'Three Tones', trackIds: ['tone440', 'tone660', 'tone880'] },
  { id: 'with-private', title: 'One of Three is Private', trackIds: ['tone440', 'private', 'tone660'] },
  { id: 'empty', title: 'Nothing in It', trackIds: [] },
  { id: 'held', title: 'Slow to List', trackIds: Array(250).fill('tone440'), holdsPages: true },
  { id: 'huge', title: 'Five Thousand', trackIds: Array(5_000).fill('tone440') },
];
