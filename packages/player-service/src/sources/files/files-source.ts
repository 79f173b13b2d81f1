import { open } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { LIMITS, PlayerError } from '@bandstand/protocol';
import { LRUCache } from 'lru-cache';
import type { FileMedia } from '../../audio/media.ts';
import { cleanText } from '../clean-text.ts';
import type { MediaDescription, MediaProbe } from '../inspect/media-probe.ts';
import { likenessOf, SIGNATURE_BYTES, type Signature, signatureOf } from '../inspect/media-signature.ts';
import { parseQuery, tryParseQuery } from '../query.ts';
import type { LoadResult, RequestOptions, Source, Track } from '../source.ts';
import { MusicFolder } from './music-folder.ts';

export interface FilesSourceOptions {
  /** The only folder whose files are ever read. */
  readonly root: string;
  readonly probe: MediaProbe;
  readonly maxTrackMs: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

const LIMITS_OF_LISTING = { maxFiles: 20_000, maxDepth: 12 };
const LISTING_KEPT_MS = 30_000;
const DESCRIPTIONS_KEPT = 500;
const DESCRIPTIONS_KEPT_MS = 5 * 60_000;

/** Local files under one configured folder, asked for by relative path or searched by words in their names. */
export class FilesSource implements Source {
  readonly name = 'files';
  readonly #options: FilesSourceOptions;
  readonly #folder: MusicFolder;
  readonly #listing: LRUCache<'all', readonly string[]>;
  readonly #descriptions: LRUCache<string, MediaDescription>;
  readonly #closing = new AbortController();

  /** @throws a plain error when the root is not a folder. */
  static async open(options: FilesSourceOptions): Promise<FilesSource> {
    return new FilesSource(options, await MusicFolder.open(options.root, LIMITS_OF_LISTING));
  }

  private constructor(options: FilesSourceOptions, folder: MusicFolder) {
    this.#options = options;
    this.#folder = folder;
    const clock = { perf: { now: options.now ?? Date.now }, ttlResolution: 0 };
    this.#listing = new LRUCache({ max: 1, ttl: LISTING_KEPT_MS, ...clock });
    this.#descriptions = new LRUCache({ max: DESCRIPTIONS_KEPT, ttl: DESCRIPTIONS_KEPT_MS, ...clock });
  }

  /** Whatever ends like the name of a sound file. */
  accepts(query: string): boolean {
    return tryParseQuery(query)?.type === 'file';
  }

  async load(query: string, options: RequestOptions): Promise<LoadResult> {
    const signal = this.#alive(options.signal);
    const { text } = parseQuery(query);
    const path = await this.#folder.locate(text);
    await this.#inspect(path);
    const description = await this.#describe(path, signal);
    signal.throwIfAborted();
    if ((description.durationMs ?? 0) > this.#options.maxTrackMs) {
      throw new PlayerError('TRACK_TOO_LONG', 'the file exceeds the configured length');
    }
    return { type: 'track', track: trackOf(text, description) };
  }

  /** Every word must be part of the path; tags are not read, which would cost a process for each hit. */
  async search(
    words: string,
    options: RequestOptions & { readonly limit: number },
  ): Promise<readonly Track[]> {
    const signal = this.#alive(options.signal);
    const wanted = fold(parseQuery(words).text).split(/\s+/);
    const names = this.#listing.get('all') ?? (await this.#folder.list(signal));
    this.#listing.set('all', names);
    const hits: Track[] = [];
    for (const name of names) {
      if (hits.length >= options.limit) break;
      const folded = fold(name);
      if (wanted.every((word) => folded.includes(word))) hits.push(trackOf(name, {}));
    }
    return hits;
  }

  async resolve(track: Track, options: RequestOptions & { readonly fresh?: boolean }): Promise<FileMedia> {
    const signal = this.#alive(options.signal);
    const path = await this.#folder.locate(parseQuery(track.identifier).text);
    const signature = await this.#inspect(path);
    const { durationMs } = await this.#describe(path, signal);
    signal.throwIfAborted();
    const isEstimate = signature.container === 'mp3' || signature.container === 'adts';
    return {
      kind: 'file',
      path,
      ...signature,
      durationMs: isEstimate ? undefined : durationMs,
      isLive: false,
    };
  }

  async close(): Promise<void> {
    this.#closing.abort(new PlayerError('PLAYER_SHUTTING_DOWN', 'the source is closed'));
  }

  #alive(signal: AbortSignal): AbortSignal {
    const alive = AbortSignal.any([signal, this.#closing.signal]);
    alive.throwIfAborted();
    return alive;
  }

  async #inspect(path: string): Promise<Signature> {
    await using file = await open(path, 'r');
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(SIGNATURE_BYTES), position: 0 });
    const head = buffer.subarray(0, bytesRead);
    const signature = signatureOf(head);
    if (signature !== undefined) return signature;
    throw new PlayerError('MEDIA_UNSUPPORTED', 'the file is not audio in a format that is taken', {
      details: { looksLike: likenessOf(head) },
    });
  }

  async #describe(path: string, signal: AbortSignal): Promise<MediaDescription> {
    const known = this.#descriptions.get(path);
    if (known !== undefined) return known;
    const description = await this.#options.probe.describeFile(path, signal);
    // Nothing may be known for a reason of the moment.
    if (description.durationMs !== undefined) this.#descriptions.set(path, description);
    return description;
  }
}

function trackOf(name: string, { title, artist, durationMs }: MediaDescription): Track {
  const fileName = basename(name, extname(name)).replaceAll('_', ' ');
  return {
    source: 'files',
    identifier: name,
    title: title ?? cleanText(fileName, LIMITS.titleCharacters) ?? name,
    durationMs,
    isLive: false,
    channel: artist,
  };
}

/** Small letters without accents, so that "bjork" finds "Björk". */
function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
