import { botMayPlayThere, canBringBot, inVoiceChannel } from '../interactions/guards.ts';
import type { Command } from './command.ts';
import { QUERY_OPTION } from './option-limits.ts';
import { addAndAnswer, POSITIONS } from './play-flow.ts';
import type { SearchSuggestions } from './search-suggestions.ts';

export function play(suggestions: SearchSuggestions): Command {
  return {
    name: 'play',
    options: [QUERY_OPTION, { type: 'choice', name: 'position', required: false, values: POSITIONS }],
    guards: [inVoiceChannel, canBringBot, botMayPlayThere],
    acknowledge: 'at-once',
    isPrivate: false,
    execute(call) {
      const { options } = call.interaction;
      const chosen = options.getString('position');
      return addAndAnswer(call, {
        query: options.getString('query', true),
        repeatCount: 1,
        position: POSITIONS.find((position) => position === chosen) ?? 'end',
      });
    },
    autocomplete: (call) => suggestions.suggest(call),
  };
}
