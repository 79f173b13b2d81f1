import { PlayerError } from '@bandstand/protocol';
import type { SiteBreakers } from '../breaker/site-breakers.ts';
import type { RequestOptions } from '../source.ts';
import type { ExtractionTarget } from './command-line.ts';
import type { Entry } from './entry.ts';
import type { Extractor } from './extractor.ts';
import { nextStep } from './next-step.ts';
import { type ClientVariant, isOfSite, type Site } from './sites.ts';

export interface PersistentExtractorOptions {
  readonly extractor: Extractor;
  readonly breakers: SiteBreakers;
  readonly sites: readonly Site[];
  /** Names the site that searches go to. */
  readonly searchKey: string;
  /** No further try begins later than this after the first; somebody waits for the answer. */
  readonly patienceMs: number;
}

const USUAL = 'usual';

/** Asks a site in other ways before it gives up, as `next-step.ts` says, unless the site is being left in peace. */
export class PersistentExtractor {
  readonly #options: PersistentExtractorOptions;

  constructor(options: PersistentExtractorOptions) {
    this.#options = options;
  }

  /**
   * The entries of one question.
   *
   * @throws {@link PlayerError} the first failure, with all the ways that were `tried` in its details; `signal.reason` once aborted.
   */
  async *extract(target: ExtractionTarget, options: RequestOptions): AsyncGenerator<Entry, void> {
    const { site, variants } = this.#siteOf(target);
    const pass = this.#options.breakers.enter(site);
    try {
      for await (const entry of this.#tries(target, variants, options)) {
        pass.succeeded();
        yield entry;
      }
      pass.succeeded();
    } catch (error) {
      if (!options.signal.aborted) pass.failed(error);
      throw error;
    } finally {
      pass.abandoned();
    }
  }

  async *#tries(
    target: ExtractionTarget,
    variants: readonly ClientVariant[],
    options: RequestOptions,
  ): AsyncGenerator<Entry, void> {
    const startedAtMs = performance.now();
    const untried = [...variants];
    const tried: string[] = [];
    let first: PlayerError | undefined;
    let variant: ClientVariant | undefined;
    let isRepeated = false;
    for (;;) {
      let hasEntry = false;
      try {
        for await (const entry of this.#options.extractor.extract(target, options, variant)) {
          hasEntry = true;
          yield entry;
        }
        return;
      } catch (error) {
        options.signal.throwIfAborted();
        if (!(error instanceof PlayerError) || hasEntry) throw error;
        tried.push(variant?.name ?? USUAL);
        first ??= error;
        const step = nextStep(error.code);
        const isLate = performance.now() - startedAtMs > this.#options.patienceMs;
        const other = step === 'other-client' ? untried.shift() : undefined;
        const repeats: boolean = step === 'again' && !isRepeated;
        if (isLate || (other === undefined && !repeats)) throw noted(first, tried);
        isRepeated ||= repeats;
        variant = other ?? variant;
      }
    }
  }

  #siteOf(target: ExtractionTarget): { readonly site: string; readonly variants: readonly ClientVariant[] } {
    const { sites, searchKey } = this.#options;
    if (target.type !== 'page') return { site: searchKey, variants: [] };
    const url = new URL(target.url);
    const site = sites.find((candidate) => isOfSite(candidate, url));
    return { site: site?.hosts[0] ?? url.host, variants: site?.variants ?? [] };
  }
}

/** The first failure says most; later ones are often those of a less capable client. */
function noted(failure: PlayerError, tried: readonly string[]): PlayerError {
  if (tried.length === 1) return failure;
  return new PlayerError(failure.code, failure.message, {
    cause: failure,
    details: { ...failure.details, tried: tried.join(', ') },
  });
}
