import { inSameChannel, inVoiceChannel } from '../interactions/guards.ts';
import { notice } from '../views/notice.ts';
import type { Command } from './command.ts';

export const clear: Command = {
  name: 'clear',
  options: [],
  guards: [inVoiceChannel, inSameChannel],
  acknowledge: 'when-late',
  isPrivate: false,
  async execute({ player, messages }) {
    const { removed } = await player.request('clear', 'CLEAR_QUEUE', { stop: false });
    return notice(messages.done.cleared(removed));
  },
};
