import type { Logger } from '@bandstand/service-kit';
import type { PlayerConfig } from './config.ts';
import type { TrackSources } from './players/ports.ts';
import { EgressGuard } from './sources/egress-guard/egress-guard.ts';
import { EgressPolicy } from './sources/egress-guard/egress-policy.ts';
import { parseSite } from './sources/yt-dlp/sites.ts';
import { YtDlpSource } from './sources/yt-dlp/yt-dlp-source.ts';
import { ChildProcesses } from './subprocess/child-processes.ts';

export interface OpenTrackSources extends AsyncDisposable {
  readonly sources: TrackSources;
  /** The egress guard, for whoever else fetches on behalf of users. */
  readonly proxyUrl: string;
  /** Of the programs used, for the operator. */
  readonly versions: Readonly<Record<string, string>>;
}

/**
 * Opens all sources that the configuration enables, behind one egress guard.
 *
 * @throws PlayerError `EXTRACTOR_MISSING` when yt-dlp is absent or too old.
 */
export async function openTrackSources(
  config: PlayerConfig,
  temporaryFolder: string,
  log: Logger,
): Promise<OpenTrackSources> {
  await using opened = new AsyncDisposableStack();
  const isProduction = config.NODE_ENV === 'production';
  const children = opened.use(
    await ChildProcesses.open({ searchPath: config.searchPath, parentFolder: temporaryFolder }),
  );
  const policy = new EgressPolicy({ allowedForTests: config.EGRESS_ALLOW, isProduction });
  const guard = opened.use(
    await EgressGuard.open({
      policy,
      onRefused: (error) => log.info({ err: error }, 'an outgoing connection was refused'),
    }),
  );
  const ytDlp = opened.adopt(
    await YtDlpSource.open({
      children,
      program: config.YT_DLP_PATH,
      proxyUrl: guard.url,
      searchKey: config.YT_DLP_SEARCH_KEY,
      concurrency: config.YT_DLP_CONCURRENCY,
      deadlineMs: config.YT_DLP_TIMEOUT_SECONDS * 1_000,
      playlistLimit: config.PLAYLIST_LIMIT,
      maxTrackMs: config.TRACK_LIMIT_MINUTES * 60_000,
      liveAllowed: config.LIVE_ALLOWED === '1',
      ...(config.YT_DLP_SITES.length > 0 ? { sites: config.YT_DLP_SITES.map(parseSite) } : {}),
      pluginFolders: config.YT_DLP_PLUGIN_DIRS,
      isProduction,
    }),
    (source) => source.close(),
  );
  const stack = opened.move();
  return {
    sources: ytDlp,
    proxyUrl: guard.url,
    versions: { yt_dlp: ytDlp.version },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
