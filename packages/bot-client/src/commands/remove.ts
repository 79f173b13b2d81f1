import { inSameChannel, inVoiceChannel } from '../interactions/guards.ts';
import { announcement } from '../views/notice.ts';
import { trackLink } from '../views/track-text.ts';
import type { Command } from './command.ts';
import { ITEM_OPTION } from './option-limits.ts';
import { entryOf, suggestItems } from './queue-item.ts';

export const remove: Command = {
  name: 'remove',
  options: [ITEM_OPTION],
  guards: [inVoiceChannel, inSameChannel],
  acknowledge: 'when-late',
  isPrivate: false,
  async execute({ interaction, player, messages }) {
    const entryId = await entryOf(interaction.options.getString('item', true), player);
    const { removed } = await player.request('remove', 'REMOVE_FROM_QUEUE', { entry_id: entryId });
    return announcement([messages.done.removed(trackLink(removed))]);
  },
  autocomplete: suggestItems,
};
