import { PlayerError } from '@bandstand/protocol';
import { LRUCache } from 'lru-cache';
import type { Agent } from 'undici';
import type { EgressPolicy } from '../egress-guard/egress-policy.ts';
import { guardedAgent } from '../egress-guard/guarded-agent.ts';
import type { MediaProbe } from '../inspect/media-probe.ts';
import { parseQuery, tryParseQuery } from '../query.ts';
import { FairGate } from '../sharing/fair-gate.ts';
import { SingleFlight } from '../sharing/single-flight.ts';
import type { LoadResult, RequestOptions, Source, Track } from '../source.ts';
import { type Found, MediaFinder } from './media-finder.ts';

export interface HttpSourceOptions {
  readonly policy: EgressPolicy;
  readonly probe: MediaProbe;
  readonly maxTrackMs: number;
  /** 2 GiB when absent: half a day of the loudest format that is taken. */
  readonly maxBytes?: number;
  readonly liveAllowed: boolean;
  /** To get the first bytes of one address; 15 s when absent. */
  readonly deadlineMs?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

const DEFAULT_MAX_BYTES = 2 * 1024 ** 3;
const DEFAULT_DEADLINE_MS = 15_000;
const KEPT = 500;
const KEPT_MS = 60_000;
const GATE = { slots: 8, maxWaiting: 64, maxWaitMs: 15_000 };

/** Media behind a plain URL: a sound file or a station. The bytes decide what it is, never its name. */
export class HttpSource implements Source {
  readonly name = 'http';
  readonly #agent: Agent;
  readonly #finder: MediaFinder;
  readonly #gate = new FairGate(GATE);
  readonly #finding = new SingleFlight<Found>();
  readonly #found: LRUCache<string, Found>;
  readonly #closing = new AbortController();

  constructor(options: HttpSourceOptions) {
    this.#agent = guardedAgent(options.policy);
    const { maxBytes = DEFAULT_MAX_BYTES, deadlineMs = DEFAULT_DEADLINE_MS } = options;
    this.#finder = new MediaFinder({ ...options, dispatcher: this.#agent, maxBytes, deadlineMs });
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
      const found = await this.#finder.find(parsed.url, inner);
      this.#found.set(parsed.text, found);
      return found;
    });
  }
}
