import { inSameChannel, inVoiceChannel } from '../interactions/guards.ts';
import { announcement } from '../views/notice.ts';
import { trackLink } from '../views/track-text.ts';
import type { Command } from './command.ts';
import { ITEM_OPTION, MAX_POSITION } from './option-limits.ts';
import { entryOf, suggestItems } from './queue-item.ts';

export const move: Command = {
  name: 'move',
  options: [ITEM_OPTION, { type: 'integer', name: 'position', required: true, min: 1, max: MAX_POSITION }],
  guards: [inVoiceChannel, inSameChannel],
  acknowledge: 'when-late',
  isPrivate: false,
  async execute({ interaction, player, messages }) {
    const entryId = await entryOf(interaction.options.getString('item', true), player);
    const { song, index } = await player.request('move', 'MOVE_IN_QUEUE', {
      entry_id: entryId,
      to_index: interaction.options.getInteger('position', true) - 1,
    });
    return announcement([messages.done.moved(trackLink(song), index + 1)]);
  },
  autocomplete: suggestItems,
};
