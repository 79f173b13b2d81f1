import { inSameChannel, inVoiceChannel } from '../interactions/guards.ts';
import { notice } from '../views/notice.ts';
import type { Command } from './command.ts';

export const pause: Command = {
  name: 'pause',
  options: [],
  guards: [inVoiceChannel, inSameChannel],
  acknowledge: 'when-late',
  isPrivate: false,
  async execute({ player, messages }) {
    const { changed } = await player.request('pause', 'PAUSE', {});
    return notice(changed ? messages.done.paused : messages.done.alreadyPaused);
  },
};
