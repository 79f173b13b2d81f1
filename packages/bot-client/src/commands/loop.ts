import { loopModeSchema } from '@bandstand/protocol';
import { inSameChannel, inVoiceChannel } from '../interactions/guards.ts';
import { notice } from '../views/notice.ts';
import type { Command } from './command.ts';

export const loop: Command = {
  name: 'loop',
  options: [{ type: 'choice', name: 'mode', required: true, values: loopModeSchema.options }],
  guards: [inVoiceChannel, inSameChannel],
  acknowledge: 'when-late',
  isPrivate: false,
  async execute({ interaction, player, messages }) {
    const mode = loopModeSchema.parse(interaction.options.getString('mode', true));
    await player.request('loop', 'SET_LOOP', { mode });
    return notice(messages.done.loopSet(messages.panel.loopModes[mode]));
  },
};
