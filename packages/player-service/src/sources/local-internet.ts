import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { type MediaSite, startMediaSite } from '@bandstand/e2e/media-site';
import type { PlayerError } from '@bandstand/protocol';
import { ChildProcesses } from '../subprocess/child-processes.ts';
import { EgressGuard } from './egress-guard/egress-guard.ts';
import { EgressPolicy } from './egress-guard/egress-policy.ts';
import { YtDlpSource, type YtDlpSourceOptions } from './yt-dlp/yt-dlp-source.ts';

/** The yt-dlp that tests run; the set-up command puts a new enough one in either place. */
export const YT_DLP = env['YT_DLP_PATH'] ?? 'yt-dlp';

/** For tests: the real door to processes and the real guard, with the media site for an Internet. */
export class LocalInternet implements AsyncDisposable {
  readonly site: MediaSite;
  readonly children: ChildProcesses;
  readonly policy: EgressPolicy;
  readonly guard: EgressGuard;
  /** What the guard refused. */
  readonly refusals: PlayerError[];
  readonly #folder: string;

  static async start(): Promise<LocalInternet> {
    const folder = await mkdtemp(join(tmpdir(), 'bandstand-sources-test-'));
    const site = await startMediaSite();
    const children = await ChildProcesses.open({ searchPath: env['PATH'] ?? '', parentFolder: folder });
    const policy = new EgressPolicy({ isProduction: false, allowedForTests: site.hosts });
    const refusals: PlayerError[] = [];
    const guard = await EgressGuard.open({ policy, onRefused: (error) => refusals.push(error) });
    return new LocalInternet({ site, children, policy, guard, refusals, folder });
  }

  private constructor(
    parts: Pick<LocalInternet, 'site' | 'children' | 'policy' | 'guard' | 'refusals'> & { folder: string },
  ) {
    this.site = parts.site;
    this.children = parts.children;
    this.policy = parts.policy;
    this.guard = parts.guard;
    this.refusals = parts.refusals;
    this.#folder = parts.folder;
  }

  /** A yt-dlp source that knows the media site, and nothing else. */
  ytDlp(options: Partial<YtDlpSourceOptions> = {}): Promise<YtDlpSource> {
    return YtDlpSource.open({
      children: this.children,
      program: YT_DLP,
      proxyUrl: this.guard.url,
      concurrency: 2,
      deadlineMs: 30_000,
      playlistLimit: 500,
      maxTrackMs: 12 * 3_600_000,
      liveAllowed: false,
      sites: [{ extractors: this.site.extractors, hosts: [new URL(this.site.origin).host] }],
      searchKey: this.site.searchKey,
      pluginFolders: [this.site.pluginFolder],
      isProduction: false,
      ...options,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.children.close();
    await this.guard.close();
    await this.site[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
