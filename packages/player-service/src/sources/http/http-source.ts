import { PlayerError } from '@bandstand/protocol';
import { LRUCache } from 'lru-cache';
import type { Agent } from 'undici';
import type { HlsMedia, HttpMedia } from '../../audio/media.ts';
import { isPlaylist } from '../../hls/playlist.ts';
import type { EgressPolicy } from '../egress-guard/egress-policy.ts';
import { guardedAgent } from '../egress-guard/guarded-agent.ts';
import type { MediaDescription, MediaProbe } from '../inspect/media-probe.ts';
import { likenessOf, signatureOf } from '../inspect/media-signature.ts';
import { parseQuery, tryParseQuery } from '../query.ts';
import { FairGate } from '../sharing/fair-gate.ts';
import { SingleFlight } from '../sharing/single-flight.ts';
import type { LoadResult, RequestOptions, Source, Track } from '../source.ts';
import { describeHls } from './describe-hls.ts';
import { fetchMediaHead, type MediaHead, type MediaHeadOptions } from './media-head.ts';
import { mediaTitle } from './media-title.ts';

export interface HttpSourceOptions {
  readonly policy: EgressPolicy;
  readonly probe: MediaProbe;
  readonly maxTrackMs: number;
  /** 2 GiB when absent: half a day of the loudest format that is taken. */
  readonly maxBytes?: number;
  readonly liveAllowed: boolean;
  /** To get the first bytes; 15 s when absent. */
  readonly deadlineMs?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

interface Found {
  readonly track: Track;
  readonly media: HttpMedia | HlsMedia;
}

const DEFAULT_MAX_BYTES = 2 * 1024 ** 3;
const DEFAULT_DEADLINE_MS = 15_000;
const KEPT = 500;
const KEPT_MS = 60_000;
const GATE = { slots: 8, maxWaiting: 64, maxWaitMs: 15_000 };

/** Media behind a plain URL: a sound file or a station. The bytes decide what it is, never its name. */
export class HttpSource implements Source {
  readonly name = 'http';
  readonly #options: HttpSourceOptions;
  readonly #agent: Agent;
  readonly #gate = new FairGate(GATE);
  readonly #finding = new SingleFlight<Found>();
  readonly #found: LRUCache<string, Found>;
  readonly #closing = new AbortController();

  constructor(options: HttpSourceOptions) {
    this.#options = options;
    this.#agent = guardedAgent(options.policy);
    this.#found = new LRUCache({
      max: KEPT,
      ttl: KEPT_MS,
      ttlResolution: 0,
      perf: { now: options.now ?? Date.now },
    });
  }

  accepts(query: string): boolean {
    return tryParseQuery(query)?.type === 'url';
  }

  async load(query: string, options: RequestOptions): Promise<LoadResult> {
    const { track } = await this.#find(query, options);
    return { type: 'track', track };
  }

  async search(): Promise<readonly Track[]> {
    return [];
  }

  async resolve(
    track: Track,
    options: RequestOptions & { readonly fresh?: boolean },
  ): Promise<Found['media']> {
    const { media } = await this.#find(track.identifier, options);
    return media;
  }

  async close(): Promise<void> {
    this.#closing.abort(new PlayerError('PLAYER_SHUTTING_DOWN', 'the source is closed'));
    this.#found.clear();
    await this.#agent.destroy();
  }

  async #find(query: string, options: RequestOptions & { readonly fresh?: boolean }): Promise<Found> {
    const parsed = parseQuery(query);
    if (parsed.type !== 'url') throw new PlayerError('UNSUPPORTED_URL', 'the query is not a URL');
    const signal = AbortSignal.any([options.signal, this.#closing.signal]);
    signal.throwIfAborted();
    if (options.fresh === true) this.#found.delete(parsed.text);
    const known = this.#found.get(parsed.text);
    if (known !== undefined) return known;
    return this.#finding.run(parsed.text, signal, async (inner) => {
      using _slot = await this.#gate.enter(options.share, inner);
      const found = await this.#look(parsed.url, inner);
      this.#found.set(parsed.text, found);
      return found;
    });
  }

  async #look(url: URL, signal: AbortSignal): Promise<Found> {
    const how: MediaHeadOptions = {
      dispatcher: this.#agent,
      deadlineMs: this.#options.deadlineMs ?? DEFAULT_DEADLINE_MS,
      signal,
    };
    const head = await fetchHead(url, how);
    if (isPlaylist(head.bytes)) return this.#lookAtHls(url, head, how);
    const signature = signatureOf(head.bytes);
    if (signature === undefined) {
      throw new PlayerError('MEDIA_UNSUPPORTED', 'the bytes are not audio in a format that is taken', {
        details: { looksLike: likenessOf(head.bytes) },
      });
    }
    const isLive = isStation(head);
    this.#assertAllowed(head, isLive);
    const description = isLive ? {} : await this.#options.probe.describeUrl(head.url.href, signal);
    const { durationMs } = description;
    this.#assertLength(durationMs);
    const media: HttpMedia = {
      kind: 'http',
      url: head.url.href,
      headers: {},
      ...signature,
      // Estimated from the bit rate in these two: good enough to show, not to call an earlier end a failure.
      durationMs: signature.container === 'mp3' || signature.container === 'adts' ? undefined : durationMs,
      isLive,
    };
    return { media, track: trackOf(url, head, description, isLive) };
  }

  async #lookAtHls(url: URL, head: MediaHead, how: MediaHeadOptions): Promise<Found> {
    const { isLive, durationMs } = await describeHls(head.url, how);
    if (isLive) this.#assertLive();
    this.#assertLength(durationMs);
    const media: HlsMedia = { kind: 'hls', url: url.href, headers: {}, durationMs, isLive };
    return { media, track: trackOf(url, head, { durationMs }, isLive) };
  }

  #assertLive(): void {
    if (!this.#options.liveAllowed)
      throw new PlayerError('LIVE_NOT_ALLOWED', 'live streams are switched off');
  }

  #assertLength(durationMs: number | undefined): void {
    if ((durationMs ?? 0) <= this.#options.maxTrackMs) return;
    throw new PlayerError('TRACK_TOO_LONG', 'the media exceeds the configured length', {
      details: { durationMs: durationMs ?? 0 },
    });
  }

  #assertAllowed({ totalBytes }: MediaHead, isLive: boolean): void {
    const maxBytes = this.#options.maxBytes ?? DEFAULT_MAX_BYTES;
    if (isLive) this.#assertLive();
    if ((totalBytes ?? 0) > maxBytes) {
      throw new PlayerError('MEDIA_TOO_LARGE', 'the media exceeds the configured size', {
        details: { totalBytes: totalBytes ?? 0, maxBytes },
      });
    }
  }
}

/** A connection that is reset, or a server that stumbles, gets a second chance before anybody hears of it. */
async function fetchHead(url: URL, how: MediaHeadOptions): Promise<MediaHead> {
  try {
    return await fetchMediaHead(url, how);
  } catch (error) {
    if (!(error instanceof PlayerError && error.code === 'SOURCE_NETWORK')) throw error;
    return fetchMediaHead(url, how);
  }
}

/** Icecast and its kin say so; others have neither a length nor a way to ask for a part. */
function isStation({ headers, totalBytes, seekable }: MediaHead): boolean {
  return (
    Object.keys(headers).some((name) => name.startsWith('icy-')) || (totalBytes === undefined && !seekable)
  );
}

function trackOf(url: URL, head: MediaHead, description: MediaDescription, isLive: boolean): Track {
  return {
    source: 'http',
    identifier: url.href,
    title: mediaTitle(head, description, url),
    webpageUrl: url.href,
    durationMs: description.durationMs,
    isLive,
    channel: description.artist ?? url.hostname,
  };
}
