import { PlayerError } from '@bandstand/protocol';
import { nowPlayingAnswer } from '../views/now-playing-view.ts';
import type { Command } from './command.ts';

export const nowplaying: Command = {
  name: 'nowplaying',
  options: [],
  guards: [],
  acknowledge: 'when-late',
  isPrivate: true,
  async execute({ player, messages }) {
    const state = await player.state();
    const { current_song: song } = state;
    if (song === null) throw new PlayerError('NOTHING_PLAYING', 'there is no current track');
    return nowPlayingAnswer({ ...state, current_song: song }, player.positionMs(state), messages);
  },
};
