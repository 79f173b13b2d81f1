import { LIMITS } from '@bandstand/protocol';
import { botMayPlayThere, canBringBot, inVoiceChannel } from '../interactions/guards.ts';
import { findStation, type RadioStation, searchStations } from '../radio-stations.ts';
import { notice } from '../views/notice.ts';
import type { Command } from './command.ts';
import { addAndAnswer, POSITIONS } from './play-flow.ts';

/** Discord shows no more. */
const MAX_SUGGESTIONS = 25;

/** Tunes in to a station: one of the operator's by its name, or any by its address. */
export function radio(stations: readonly RadioStation[]): Command {
  return {
    name: 'radio',
    options: [
      {
        type: 'string',
        name: 'station',
        required: true,
        minLength: 1,
        maxLength: LIMITS.queryCharacters,
        autocomplete: true,
      },
      { type: 'choice', name: 'position', required: false, values: POSITIONS },
    ],
    guards: [inVoiceChannel, canBringBot, botMayPlayThere],
    acknowledge: 'at-once',
    isPrivate: false,
    async execute(call) {
      const { options } = call.interaction;
      const typed = options.getString('station', true).trim();
      const query = findStation(stations, typed)?.url ?? (/^<?https?:\/\//i.test(typed) ? typed : undefined);
      if (query === undefined) return notice(call.messages.play.unknownStation);
      const chosen = options.getString('position');
      // Behind another station it would never have its turn.
      const usual = call.player.mirror.snapshot?.current_song?.is_live === true ? 'now' : 'end';
      return addAndAnswer(call, {
        query,
        repeatCount: 1,
        position: POSITIONS.find((position) => position === chosen) ?? usual,
      });
    },
    async autocomplete({ interaction }) {
      return searchStations(stations, interaction.options.getFocused())
        .slice(0, MAX_SUGGESTIONS)
        .map(({ name }) => ({ name, value: name }));
    },
  };
}
