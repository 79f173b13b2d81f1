import { botMayPlayThere, canBringBot, inVoiceChannel } from '../interactions/guards.ts';
import type { Command } from './command.ts';
import { QUERY_OPTION } from './option-limits.ts';
import { addAndAnswer } from './play-flow.ts';
import type { SearchSuggestions } from './search-suggestions.ts';

/** The first system's command for "again and again". */
export function p5(suggestions: SearchSuggestions): Command {
  return {
    name: 'p5',
    options: [QUERY_OPTION],
    guards: [inVoiceChannel, canBringBot, botMayPlayThere],
    acknowledge: 'at-once',
    isPrivate: false,
    execute: (call) =>
      addAndAnswer(call, {
        query: call.interaction.options.getString('query', true),
        repeatCount: 5,
        position: 'end',
      }),
    autocomplete: (call) => suggestions.suggest(call),
  };
}
