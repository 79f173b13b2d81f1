import { LIMITS } from '@bandstand/protocol';
import { inSameChannel, inVoiceChannel } from '../interactions/guards.ts';
import { notice } from '../views/notice.ts';
import type { Command } from './command.ts';

export const volume: Command = {
  name: 'volume',
  options: [{ type: 'integer', name: 'level', required: false, min: 0, max: LIMITS.volumePercent }],
  guards: [inVoiceChannel, inSameChannel],
  acknowledge: 'when-late',
  isPrivate: false,
  async execute({ interaction, player, messages }) {
    const level = interaction.options.getInteger('level');
    if (level === null) return notice(messages.done.volumeIs((await player.state()).volume_percent));
    await player.request('volume', 'SET_VOLUME', { volume_percent: level });
    return notice(messages.done.volumeSet(level));
  },
};
