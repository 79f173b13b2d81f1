import { PlayerError } from '@bandstand/protocol';
import type { Media } from '../audio/media.ts';
import type { SiteHealth } from './breaker/site-breakers.ts';
import { parseQuery } from './query.ts';
import type { LoadResult, RequestOptions, Source, SourceName, Track } from './source.ts';

/** All sources behind one door: the first that accepts a query answers it. */
export class SourceRegistry implements AsyncDisposable {
  readonly #sources: readonly Source[];

  /** @param sources - The most particular first. */
  constructor(sources: readonly Source[]) {
    this.#sources = sources;
  }

  get names(): readonly SourceName[] {
    return this.#sources.map(({ name }) => name);
  }

  /**
   * What a `/play` of the query means.
   *
   * @throws {@link PlayerError} `QUERY_INVALID`, `UNSUPPORTED_URL`, or what the source throws; `signal.reason` once aborted.
   */
  async load(query: string, options: RequestOptions): Promise<LoadResult> {
    const { text } = parseQuery(query);
    const source = this.#sources.find((candidate) => candidate.accepts(text));
    if (source === undefined) throw new PlayerError('UNSUPPORTED_URL', 'no source takes the query');
    return source.load(text, options);
  }

  /**
   * Candidates of all sources, in the order of the sources; `[]` when nothing fits. A source that fails is passed over
   * as long as another one finds something.
   */
  async search(
    words: string,
    options: RequestOptions & { readonly limit: number },
  ): Promise<readonly Track[]> {
    const { text } = parseQuery(words);
    const searches = await Promise.allSettled(this.#sources.map((source) => source.search(text, options)));
    options.signal.throwIfAborted();
    const hits = searches.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []));
    const failed = searches.find((outcome) => outcome.status === 'rejected');
    if (hits.length === 0 && failed !== undefined) throw failed.reason;
    return hits.slice(0, options.limit);
  }

  /**
   * Where the bytes of a track are now.
   *
   * @throws {@link PlayerError} `UNSUPPORTED_URL` when its source is not enabled (any more), or what the source throws.
   */
  async resolve(track: Track, options: RequestOptions & { readonly fresh?: boolean }): Promise<Media> {
    const source = this.#sources.find(({ name }) => name === track.source);
    if (source === undefined) {
      throw new PlayerError('UNSUPPORTED_URL', 'the source of the track is not enabled', {
        details: { source: track.source },
      });
    }
    return source.resolve(track, options);
  }

  /** Sites that fail at the moment, over all sources. */
  health(): readonly SiteHealth[] {
    return this.#sources.flatMap((source) => source.health?.() ?? []);
  }

  async close(): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
