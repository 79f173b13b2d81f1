import { inSameChannel, inVoiceChannel } from '../interactions/guards.ts';
import { notice } from '../views/notice.ts';
import type { Command } from './command.ts';

export const reset: Command = {
  name: 'reset',
  options: [],
  guards: [inVoiceChannel, inSameChannel],
  acknowledge: 'when-late',
  isPrivate: false,
  async execute({ player, messages }) {
    const { changed } = await player.request('reset', 'RESET_PLAYER', {});
    return notice(changed ? messages.done.reset : messages.done.alreadyReset);
  },
};
