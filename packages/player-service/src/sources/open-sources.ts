import type { PlayerError } from '@bandstand/protocol';
import type { ChildProcesses } from '../subprocess/child-processes.ts';
import type { SiteBreakersOptions } from './breaker/site-breakers.ts';
import { EgressGuard } from './egress-guard/egress-guard.ts';
import { EgressPolicy, type ResolveHost } from './egress-guard/egress-policy.ts';
import { FilesSource } from './files/files-source.ts';
import { HttpSource } from './http/http-source.ts';
import { InspectionThread } from './inspect/inspection-thread.ts';
import { SourceRegistry } from './source-registry.ts';
import { prepareScriptCache } from './yt-dlp/script-cache.ts';
import { parseSite } from './yt-dlp/sites.ts';
import type { StarterStatus } from './yt-dlp/starter.ts';
import { YtDlpSource, type YtDlpSourceOptions } from './yt-dlp/yt-dlp-source.ts';

export interface SourcesOptions {
  readonly children: ChildProcesses;
  /** A name looked up in the search path, or an absolute path. */
  readonly ytDlp: string;
  readonly ffprobe: string;
  /** Without one there are no local files. */
  readonly musicRoot?: string | undefined;
  readonly concurrency: number;
  readonly extractionDeadlineMs: number;
  /** Of one process of yt-dlp, what it may write, and how many requests may wait for one; see `Extractor`. */
  readonly extraction?: Pick<YtDlpSourceOptions, 'memoryBytes' | 'maxOutputBytes' | 'maxWaiting' | 'forks'>;
  /** Where yt-dlp keeps the scripts of sites' players; without one it keeps none. */
  readonly cacheFolder?: string | undefined;
  readonly playlistLimit: number;
  readonly maxTrackMs: number;
  readonly liveAllowed: boolean;
  /** Ports that may be connected to; 80 and 443 when absent. Stations often use others. */
  readonly ports?: readonly number[] | undefined;
  /** The largest media behind a plain URL; 2 GiB when absent. */
  readonly maxMediaBytes?: number | undefined;
  /** How soon, and for how long, a site that fails is left in peace. */
  readonly breaker?: Partial<SiteBreakersOptions> | undefined;
  /** `node:/path/to/node`, for sites whose scripts must be run; see `yt-dlp --js-runtimes`. */
  readonly jsRuntime?: string | undefined;
  readonly isProduction: boolean;
  /** Switches for tests and the demo; all of them absent or empty in production. */
  readonly forTests?: {
    /** `host:port`, let through by the guard. */
    readonly egressAllow?: readonly string[];
    readonly pluginFolders?: readonly string[];
    /** `extractors@host+host`, instead of the usual sites. */
    readonly sites?: readonly string[];
    readonly searchKey?: string | undefined;
    /** A name service of their own. */
    readonly resolveHost?: ResolveHost;
  };
  readonly onEgressRefused?: (error: PlayerError) => void;
  /** The scripts of sites' players are not kept; everything else works. */
  readonly onCacheUnusable?: (error: unknown) => void;
  /** Media are played without being looked into before; everything else works. */
  readonly onInspectionFailed?: (error: PlayerError) => void;
  readonly onExtractionStatus?: (status: StarterStatus) => void;
}

/** The sources of one player service and the guard they share. Closing ends both. */
export interface OpenSources extends AsyncDisposable {
  readonly registry: SourceRegistry;
  /** Of the egress guard, for whatever else fetches media. */
  readonly proxyUrl: string;
  readonly ytDlpVersion: string;
  /** How yt-dlp is started now. */
  readonly extraction: StarterStatus;
}

/**
 * Opens every source that is configured.
 *
 * @throws {@link PlayerError} `EXTRACTOR_MISSING` when yt-dlp is absent or too old; a plain error for a wrong configuration.
 */
export async function openSources(options: SourcesOptions): Promise<OpenSources> {
  const { children, forTests = {}, maxTrackMs, liveAllowed, isProduction } = options;
  const policy = new EgressPolicy({
    isProduction,
    allowedForTests: forTests.egressAllow ?? [],
    ...(options.ports?.length && { ports: options.ports }),
    ...(forTests.resolveHost && { resolveHost: forTests.resolveHost }),
  });
  await using opened = new AsyncDisposableStack();
  const guard = opened.use(
    await EgressGuard.open({
      policy,
      ...(options.onEgressRefused && { onRefused: options.onEgressRefused }),
    }),
  );
  const probe = opened.use(openInspection(options, guard.url));
  const beginning = probe.start();
  const cacheFolder = await cacheOf(options);
  const opening = YtDlpSource.open({
    children,
    program: options.ytDlp,
    proxyUrl: guard.url,
    concurrency: options.concurrency,
    deadlineMs: options.extractionDeadlineMs,
    ...options.extraction,
    playlistLimit: options.playlistLimit,
    maxTrackMs,
    liveAllowed,
    breaker: options.breaker,
    jsRuntime: options.jsRuntime,
    cacheFolder,
    onStatus: options.onExtractionStatus,
    isProduction,
    ...(forTests.sites?.length && { sites: forTests.sites.map(parseSite) }),
    ...(forTests.searchKey && { searchKey: forTests.searchKey }),
    ...(forTests.pluginFolders && { pluginFolders: forTests.pluginFolders }),
  });
  const ytDlp = opened.adopt(await opening, (source) => source.close());
  const { musicRoot } = options;
  const files =
    musicRoot === undefined ? [] : [await FilesSource.open({ root: musicRoot, probe, maxTrackMs })];
  const { maxMediaBytes } = options;
  const http = new HttpSource({
    policy,
    probe,
    maxTrackMs,
    liveAllowed,
    ...(maxMediaBytes !== undefined && { maxBytes: maxMediaBytes }),
  });
  const registry = opened.use(new SourceRegistry([...files, ytDlp, http]));
  await beginning;

  const owned = opened.move();
  return {
    registry,
    proxyUrl: guard.url,
    ytDlpVersion: ytDlp.version,
    get extraction() {
      return ytDlp.starting;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function openInspection({ children, ffprobe, onInspectionFailed }: SourcesOptions, proxyUrl: string) {
  const { searchPath, parentFolder } = children.options;
  return new InspectionThread({
    ffprobe,
    searchPath,
    temporaryFolder: parentFolder,
    proxyUrl,
    onProblem: (error) => onInspectionFailed?.(error),
  });
}

async function cacheOf({ cacheFolder, onCacheUnusable }: SourcesOptions): Promise<string | undefined> {
  if (cacheFolder === undefined) return undefined;
  try {
    return await prepareScriptCache({ folder: cacheFolder });
  } catch (error) {
    onCacheUnusable?.(error);
    return undefined;
  }
}
