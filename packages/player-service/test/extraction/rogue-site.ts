import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { YT_DLP } from '../../src/sources/local-internet.ts';
import type { CommandLineOptions } from '../../src/sources/yt-dlp/command-line.ts';
import { YtDlpSource, type YtDlpSourceOptions } from '../../src/sources/yt-dlp/yt-dlp-source.ts';
import { ChildProcesses } from '../../src/subprocess/child-processes.ts';

/** The real yt-dlp with a site in it, `https://rogue.invalid/watch/<doing>`, whose extractor misbehaves; see `rogue_site.py`. */
export class RogueSite implements AsyncDisposable {
  readonly children: ChildProcesses;
  readonly folder: string;
  readonly commandLine: CommandLineOptions;

  static async open(): Promise<RogueSite> {
    const folder = await mkdtemp(join(tmpdir(), 'rogue-site-'));
    const plugins = join(folder, 'plugins', 'rogue', 'yt_dlp_plugins', 'extractor');
    await mkdir(plugins, { recursive: true });
    await copyFile(join(import.meta.dirname, 'rogue_site.py'), join(plugins, 'rogue_site.py'));
    const options = { searchPath: env['PATH'] ?? '', parentFolder: folder, killGraceMs: 300 };
    return new RogueSite(folder, await ChildProcesses.open(options));
  }

  private constructor(folder: string, children: ChildProcesses) {
    this.folder = folder;
    this.children = children;
    this.commandLine = {
      extractors: ['rogue.*'],
      searchKey: 'roguesearch',
      proxyUrl: 'http://127.0.0.1:1',
      pluginFolders: [join(folder, 'plugins')],
    };
  }

  source(options: Partial<YtDlpSourceOptions> = {}): Promise<YtDlpSource> {
    const { proxyUrl, searchKey, pluginFolders, extractors } = this.commandLine;
    return YtDlpSource.open({
      ...{ children: this.children, program: YT_DLP, proxyUrl, searchKey, pluginFolders },
      sites: [{ extractors: extractors.join(','), hosts: ['rogue.invalid'] }],
      concurrency: 4,
      deadlineMs: 20_000,
      playlistLimit: 500,
      maxTrackMs: 3_600_000,
      liveAllowed: false,
      isProduction: false,
      breaker: { failures: 1_000 },
      ...options,
    });
  }

  /** Of every process that the site noted. */
  async pids(): Promise<readonly number[]> {
    const path = join(this.commandLine.pluginFolders[0] ?? '', 'rogue/yt_dlp_plugins/extractor/pids.txt');
    const text = await readFile(path, 'utf8').catch(() => '');
    return text.trim().split('\n').filter(Boolean).map(Number);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.children.close();
    await rm(this.folder, { recursive: true });
  }
}
