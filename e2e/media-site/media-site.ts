import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CATALOGUE, PLAYLISTS, type SitePlaylist, type SiteTrack } from './catalogue.ts';
import { respondWithHls } from './hls-responder.ts';
import { respondWithMedia } from './media-responder.ts';
import { RadioTower } from './radio-tower.ts';
import { RequestLog } from './request-log.ts';
import { MEDIA_FORMATS, type MediaFormat, synthesize } from './synthesize.ts';

export interface MediaSiteOptions {
  /** Pages and media on fixed ports, so that addresses survive a restart of the site; free ports when absent. */
  readonly ports?: { readonly pages: number; readonly media: number };
}

const PAGE_ENTRIES = 100;
const DEFAULT_LIFETIME_MS = 6 * 3_600_000;

/**
 * A web site with music on the loopback address: pages that the bundled yt-dlp plugin understands on one port, media
 * on another. It has every kind of track that goes wrong, and logs what it is asked.
 */
export async function startMediaSite(options: MediaSiteOptions = {}): Promise<MediaSite> {
  const site = new MediaSite(await mkdtemp(join(tmpdir(), 'bandstand-media-site-')));
  await site.open(options);
  return site;
}

export class MediaSite implements AsyncDisposable {
  readonly log = new RequestLog();
  /** Stations, of which there are none until a test adds them. */
  readonly radio = new RadioTower();
  readonly #tracks = new Map<string, SiteTrack>(CATALOGUE.map((track) => [track.id, track]));
  readonly #playlists = new Map<string, SitePlaylist>(PLAYLISTS.map((playlist) => [playlist.id, playlist]));
  readonly #signatures = new Map<string, { readonly expiresAtMs: number; usesLeft: number }>();
  readonly #pages = createServer((request, response) => void this.#answer('pages', request, response));
  readonly #media = createServer((request, response) => void this.#answer('media', request, response));
  readonly #folder: string;
  readonly #openedAtMs = performance.now();
  #pagesReleased = Promise.withResolvers<void>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Called once, by {@link startMediaSite}. */
  async open({ ports }: MediaSiteOptions): Promise<void> {
    await Promise.all([
      listen(this.#pages, ports?.pages ?? 0),
      listen(this.#media, ports?.media ?? 0),
      this.radio.listen(),
    ]);
    // The layout `yt-dlp --plugin-dirs` looks for: any folder, then the namespace package.
    const extractors = join(this.#folder, 'media-site', 'yt_dlp_plugins', 'extractor');
    await mkdir(extractors, { recursive: true });
    await copyFile(
      join(import.meta.dirname, 'yt-dlp-plugin', 'tone_site.py'),
      join(extractors, 'tone_site.py'),
    );
    await writeFile(join(extractors, 'origin.txt'), this.origin);
  }

  /** Of the pages, `http://127.0.0.1:port`. */
  get origin(): string {
    return originOf(this.#pages);
  }

  /** Of the media, `http://127.0.0.1:port`. */
  get mediaOrigin(): string {
    return originOf(this.#media);
  }

  /** For `yt-dlp --plugin-dirs`. */
  get pluginFolder(): string {
    return this.#folder;
  }

  /** For `yt-dlp --ies`: the names of the plugin's extractors, none of which yt-dlp has itself. */
  readonly extractors = 'tonesite.*';
  /** What stands before the colon of a search on the site (`tonesearch5:words`). */
  readonly searchKey = 'tonesearch';

  /** `host:port` of all servers, for the egress guard's test allowlist. */
  get hosts(): readonly string[] {
    return [new URL(this.origin).host, new URL(this.mediaOrigin).host, this.radio.host];
  }

  /** The variables that let a player service use the site. */
  get environment(): Readonly<Record<string, string>> {
    return {
      EGRESS_ALLOW: this.hosts.join(','),
      YT_DLP_PLUGIN_DIRS: this.pluginFolder,
      YT_DLP_SITES: `${this.extractors}@${new URL(this.origin).host}`,
      YT_DLP_SEARCH_KEY: this.searchKey,
    };
  }

  /** What a person would paste into `/play`. */
  pageUrl(trackId: string): string {
    return `${this.origin}/watch/${this.#track(trackId).id}`;
  }

  playlistUrl(playlistId: string): string {
    return `${this.origin}/playlist/${playlistId}`;
  }

  /** The bytes themselves, unsigned: what a person pastes who links to a file. */
  mediaUrl(trackId: string, format?: MediaFormat): string {
    const track = this.#track(trackId);
    const chosen = format ?? track.formats[0] ?? 'webm';
    return `${this.mediaOrigin}/media/${track.id}/${chosen}/${track.id}.${MEDIA_FORMATS[chosen].extension}`;
  }

  /** Of the playlist of a track that is offered as HLS, unsigned. */
  hlsUrl(trackId: string): string {
    return `${this.mediaOrigin}/hls/${this.#track(trackId).id}/index.m3u8`;
  }

  /** Makes the media now rather than at the first request. @returns the path of the file that is served. */
  prepare(trackId: string, format?: MediaFormat): Promise<string> {
    const { sound, durationMs, title, formats } = this.#track(trackId);
    const tag = title.slice(0, 100).replace(/[\p{Cc}\u202a-\u202e]/gu, ' ');
    return synthesize({ sound, durationMs, title: tag, format: format ?? formats[0] ?? 'webm' });
  }

  /** Adds a track, or replaces the one with this id. */
  addTrack(track: SiteTrack): void {
    this.#tracks.set(track.id, track);
  }

  addPlaylist(playlist: SitePlaylist): void {
    this.#playlists.set(playlist.id, playlist);
  }

  /** Lets playlists that hold back their further pages go on. */
  releasePages(): void {
    this.#pagesReleased.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.releasePages();
    await Promise.all([shut(this.#pages), shut(this.#media), this.radio[Symbol.asyncDispose]()]);
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #answer(
    server: 'pages' | 'media',
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    this.log.add(server, request, response);
    response.on('error', () => {});
    const url = new URL(request.url ?? '/', 'http://site');
    const [, kind = '', id = ''] = url.pathname.split('/');
    try {
      if (server === 'media') await this.#answerMedia(url, request, response);
      else if (kind === 'watch') await this.#answerWatch(id, url.searchParams.get('client'), response);
      else if (kind === 'playlist') await this.#answerPlaylist(id, url, response);
      else if (kind === 'search') sendJson(response, 200, this.#searchPage(url.searchParams.get('q') ?? ''));
      else sendJson(response, 404, {});
    } catch (error) {
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { error: String(error) });
    }
  }

  async #answerWatch(id: string, client: string | null, response: ServerResponse): Promise<void> {
    const track = this.#tracks.get(id);
    if (track?.pageHangs === true) return;
    if (track?.pageDelayMs !== undefined) await delay(track.pageDelayMs, undefined, { ref: false });
    if (track === undefined) sendJson(response, 404, {});
    else if (track.redirectsTo !== undefined) redirect(response, track.redirectsTo);
    else if (track.pageStatus !== undefined) sendJson(response, track.pageStatus, {});
    else if (track.failure !== undefined && track.failure.spares !== (client ?? ''))
      sendJson(response, 200, { failure: track.failure });
    else sendJson(response, 200, { info: this.#pageInfo(track) });
  }

  async #answerPlaylist(id: string, url: URL, response: ServerResponse): Promise<void> {
    const playlist = this.#playlists.get(id);
    if (playlist === undefined) return sendJson(response, 404, {});
    const page = Number(url.searchParams.get('page') ?? 1);
    if (page > 1 && playlist.holdsPages === true) await this.#pagesReleased.promise;
    const from = (page - 1) * PAGE_ENTRIES;
    const entries = playlist.trackIds
      .slice(from, from + PAGE_ENTRIES)
      .map((trackId) => this.#entry(this.#track(trackId)));
    sendJson(response, 200, {
      title: playlist.title,
      entries,
      more: from + PAGE_ENTRIES < playlist.trackIds.length,
    });
  }

  #searchPage(words: string): object {
    const wanted = words.toLowerCase().split(/\s+/);
    const hits = [...this.#tracks.values()].filter(({ title }) =>
      wanted.every((word) => title.toLowerCase().includes(word)),
    );
    return { entries: hits.map((track) => this.#entry(track)) };
  }

  #entry(track: SiteTrack): object {
    return {
      id: track.id,
      url: this.pageUrl(track.id),
      title: track.title,
      duration: track.durationMs / 1_000,
      uploader: track.uploader,
    };
  }

  /** An info dict as yt-dlp's extractors return it. */
  #pageInfo(track: SiteTrack): object {
    const downloads = track.formats.map((format) => {
      const { extension, acodec, asr } = MEDIA_FORMATS[format];
      return {
        format_id: format,
        url: this.#signedUrl(track, format),
        ext: extension,
        acodec,
        asr,
        vcodec: format === 'mp4' ? 'mpeg4' : 'none',
      };
    });
    return {
      id: track.id,
      title: track.title,
      uploader: track.uploader,
      thumbnail: `${this.origin}/cover/${track.id}.jpg`,
      view_count: 1_234,
      is_live: track.isLive === true,
      ...(track.isLive !== true && { duration: (track.claimedDurationMs ?? track.durationMs) / 1_000 }),
      formats: track.hls === undefined ? downloads : [this.#hlsFormat(track)],
    };
  }

  #hlsFormat(track: SiteTrack): object {
    const sound = { acodec: 'mp4a.40.2', vcodec: 'none' };
    return { format_id: 'hls', url: this.hlsUrl(track.id), ext: 'mp4', protocol: 'm3u8_native', ...sound };
  }

  #signedUrl(track: SiteTrack, format: MediaFormat): string {
    const signature = crypto.randomUUID();
    const expiresAtMs = Date.now() + (track.signature?.lifetimeMs ?? DEFAULT_LIFETIME_MS);
    this.#signatures.set(signature, {
      expiresAtMs,
      usesLeft: track.signature?.uses ?? Number.POSITIVE_INFINITY,
    });
    return `${this.mediaUrl(track.id, format)}?expire=${Math.floor(expiresAtMs / 1_000)}&sig=${signature}`;
  }

  async #answerMedia(url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, kind, id = '', format = ''] = url.pathname.split('/');
    const track = this.#tracks.get(id);
    if (kind === 'hls' && track?.hls !== undefined) {
      const { hls, durationMs } = track;
      const ageMs = performance.now() - this.#openedAtMs;
      const path = await this.prepare(id, 'ts');
      return respondWithHls({ hls, path, durationMs, ageMs }, format, response);
    }
    if (track === undefined || !isFormat(format)) return sendJson(response, 404, {});
    if (track.redirectsTo !== undefined) return redirect(response, track.redirectsTo);
    const signature = url.searchParams.get('sig');
    if (signature !== null && !this.#honours(signature)) return sendJson(response, 403, { error: 'expired' });
    const { title, fault, isLive } = track;
    const path = await this.prepare(id, format);
    await respondWithMedia(
      { path, contentType: MEDIA_FORMATS[format].contentType, fault, isLive, title },
      request,
      response,
    );
  }

  #honours(signature: string): boolean {
    const known = this.#signatures.get(signature);
    if (known === undefined || Date.now() >= known.expiresAtMs || known.usesLeft <= 0) return false;
    known.usesLeft--;
    return true;
  }

  #track(id: string): SiteTrack {
    const track = this.#tracks.get(id);
    if (track === undefined) throw new Error(`the media site has no track ${id}`);
    return track;
  }
}

function isFormat(text: string): text is MediaFormat {
  return Object.hasOwn(MEDIA_FORMATS, text);
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(302, { location }).end();
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}

async function shut(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
