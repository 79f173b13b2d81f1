import { inSameChannel, inVoiceChannel } from '../interactions/guards.ts';
import { notice } from '../views/notice.ts';
import type { Command } from './command.ts';

export const resume: Command = {
  name: 'resume',
  options: [],
  guards: [inVoiceChannel, inSameChannel],
  acknowledge: 'when-late',
  isPrivate: false,
  async execute({ player, messages }) {
    const { changed } = await player.request('resume', 'RESUME', {});
    return notice(changed ? messages.done.resumed : messages.done.alreadyPlaying);
  },
};
