import { inSameChannel, inVoiceChannel } from '../interactions/guards.ts';
import { announcement } from '../views/notice.ts';
import { trackLink } from '../views/track-text.ts';
import type { Command } from './command.ts';

export const previous: Command = {
  name: 'previous',
  options: [],
  guards: [inVoiceChannel, inSameChannel],
  acknowledge: 'when-late',
  isPrivate: false,
  async execute({ player, messages }) {
    const { song } = await player.request('previous', 'PREVIOUS', {});
    return announcement([messages.done.previous(trackLink(song))]);
  },
};
