import { inSameChannel } from '../interactions/guards.ts';
import { notice } from '../views/notice.ts';
import type { Command } from './command.ts';

/** The queue stays; `/join` or `/play` goes on with it. */
export const leave: Command = {
  name: 'leave',
  options: [],
  guards: [inSameChannel],
  acknowledge: 'when-late',
  isPrivate: false,
  async execute({ player, messages }) {
    const { changed } = await player.request('leave', 'DISCONNECT', {});
    return notice(changed ? messages.done.left : messages.done.notConnected);
  },
};
