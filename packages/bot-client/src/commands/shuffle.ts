import { inSameChannel, inVoiceChannel } from '../interactions/guards.ts';
import { notice } from '../views/notice.ts';
import type { Command } from './command.ts';

export const shuffle: Command = {
  name: 'shuffle',
  options: [],
  guards: [inVoiceChannel, inSameChannel],
  acknowledge: 'when-late',
  isPrivate: false,
  async execute({ player, messages }) {
    const { queue_length: length } = await player.request('shuffle', 'SHUFFLE', {});
    return notice(length === 0 ? messages.queue.empty : messages.done.shuffled(length));
  },
};
