import { LIMITS } from '@bandstand/protocol';
import { inSameChannel, inVoiceChannel } from '../interactions/guards.ts';
import { notice } from '../views/notice.ts';
import type { Command } from './command.ts';

export const crossfade: Command = {
  name: 'crossfade',
  options: [{ type: 'number', name: 'seconds', required: false, min: 0, max: LIMITS.crossfadeMs / 1_000 }],
  guards: [inVoiceChannel, inSameChannel],
  acknowledge: 'when-late',
  isPrivate: false,
  async execute({ interaction, player, messages: { sound } }) {
    const seconds = interaction.options.getNumber('seconds');
    const ms = seconds === null ? (await player.state()).crossfade_ms : Math.round(seconds * 1_000);
    if (seconds !== null) await player.request('crossfade', 'SET_CROSSFADE', { crossfade_ms: ms });
    return notice(ms === 0 ? sound.noCrossfade : sound.crossfadeIs(ms / 1_000));
  },
};
