import { inSameChannel, inVoiceChannel } from '../interactions/guards.ts';
import { notice } from '../views/notice.ts';
import type { Command } from './command.ts';

/** Ends the music and empties the queue; the bot stays in the channel. */
export const stop: Command = {
  name: 'stop',
  options: [],
  guards: [inVoiceChannel, inSameChannel],
  acknowledge: 'when-late',
  isPrivate: false,
  async execute({ player, messages }) {
    await player.request('stop', 'CLEAR_QUEUE', { stop: true });
    return notice(messages.done.stopped);
  },
};
