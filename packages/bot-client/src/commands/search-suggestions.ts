import { setTimeout as sleep } from 'node:timers/promises';
import { PlayerError } from '@bandstand/protocol';
import { clockTime } from '../views/clock-time.ts';
import { plainText } from '../views/hostile-text.ts';
import { EMBED_LIMITS } from '../views/view.ts';
import type { AutocompleteCall, Choice } from './command.ts';

const MIN_CHARACTERS = 3;
const RESULTS = 5;

export interface SuggestionTiming {
  /** Nobody searches for every letter: the search begins when the typing pauses. */
  readonly debounceMs: number;
  /** Discord shows nothing that comes later than 3 s. */
  readonly searchMs: number;
}

/** Search results while a query is being typed; the newest keystroke of a person replaces the one before. */
export class SearchSuggestions {
  readonly #timing: SuggestionTiming;
  readonly #typing = new Map<string, AbortController>();

  constructor(timing: SuggestionTiming = { debounceMs: 300, searchMs: 2_000 }) {
    this.#timing = timing;
  }

  /** Answers an empty list where there is nothing to search for, or in time. */
  async suggest(call: AutocompleteCall): Promise<readonly Choice[]> {
    const typed = call.interaction.options.getFocused().trim();
    const person = `${call.guildId}:${call.member.id}`;
    this.#typing.get(person)?.abort();
    if (typed.length < MIN_CHARACTERS || isAddress(typed)) return [];

    const newest = new AbortController();
    this.#typing.set(person, newest);
    try {
      await sleep(this.#timing.debounceMs, undefined, {
        signal: AbortSignal.any([newest.signal, call.signal]),
      });
      return await this.#search(typed, call, newest.signal);
    } catch (error) {
      if (newest.signal.aborted || call.signal.aborted || error instanceof PlayerError) return [];
      throw error;
    } finally {
      if (this.#typing.get(person) === newest) this.#typing.delete(person);
    }
  }

  async #search(
    typed: string,
    { player }: AutocompleteCall,
    replaced: AbortSignal,
  ): Promise<readonly Choice[]> {
    const { results } = await player.request(
      'search',
      'SEARCH',
      { query: typed, limit: RESULTS },
      { ttlMs: this.#timing.searchMs, signal: replaced },
    );
    return results
      .filter(({ url }) => url.length <= EMBED_LIMITS.choiceValue)
      .map(({ title, duration, url }) => {
        const time = duration === null ? '' : ` (${clockTime(duration * 1_000)})`;
        return {
          name: `${plainText(title, EMBED_LIMITS.choiceName - time.length) || url}${time}`,
          value: url,
        };
      });
  }
}

/** An address is played as it is; a search prefix like `scsearch:` belongs to the player. */
function isAddress(text: string): boolean {
  return /^[a-z][a-z\d+.-]*:/i.test(text) || /^www\./i.test(text);
}
