import { PlayerError } from '@bandstand/protocol';
import { inSameChannel, inVoiceChannel } from '../interactions/guards.ts';
import { clockTime } from '../views/clock-time.ts';
import { notice } from '../views/notice.ts';
import type { Command } from './command.ts';
import { parseSeekTime } from './seek-time.ts';

/** The player gets a position in a named track, never a distance: a repeat does no harm. */
export const seek: Command = {
  name: 'seek',
  options: [{ type: 'string', name: 'time', required: true, minLength: 1, maxLength: 16 }],
  guards: [inVoiceChannel, inSameChannel],
  acknowledge: 'when-late',
  isPrivate: false,
  async execute({ interaction, player, messages }) {
    const time = parseSeekTime(interaction.options.getString('time', true));
    if (time === null) return notice(messages.done.badTime);
    const state = await player.state();
    if (state.current_song === null) throw new PlayerError('NOTHING_PLAYING', 'there is no current track');
    const fromMs = time.kind === 'absolute' ? 0 : player.positionMs(state);
    const { position_ms: positionMs } = await player.request('seek', 'SEEK', {
      position_ms: Math.max(0, Math.round(fromMs + time.ms)),
      entry_id: state.current_song.entry_id,
    });
    return notice(messages.done.seeked(clockTime(positionMs)));
  },
};
