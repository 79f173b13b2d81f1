import { inSameChannel, inVoiceChannel } from '../interactions/guards.ts';
import { notice } from '../views/notice.ts';
import type { Command } from './command.ts';

export const normalize: Command = {
  name: 'normalize',
  options: [{ type: 'choice', name: 'state', required: false, values: ['on', 'off'] }],
  guards: [inVoiceChannel, inSameChannel],
  acknowledge: 'when-late',
  isPrivate: false,
  async execute({ interaction, player, messages: { sound } }) {
    const state = interaction.options.getString('state');
    const enabled = state === null ? (await player.state()).normalize : state === 'on';
    if (state !== null) await player.request('normalize', 'SET_NORMALIZATION', { enabled });
    return notice(enabled ? sound.normalized : sound.notNormalized);
  },
};
