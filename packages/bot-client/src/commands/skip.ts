import { PlayerError } from '@bandstand/protocol';
import { inSameChannel, inVoiceChannel } from '../interactions/guards.ts';
import { announcement } from '../views/notice.ts';
import { trackLink } from '../views/track-text.ts';
import type { Command } from './command.ts';

/** Names the track it skips: of two who skip at once, the second does not skip the next one too. */
export const skip: Command = {
  name: 'skip',
  options: [],
  guards: [inVoiceChannel, inSameChannel],
  acknowledge: 'when-late',
  isPrivate: false,
  async execute({ player, messages }) {
    const current = (await player.state()).current_song;
    if (current === null) throw new PlayerError('NOTHING_PLAYING', 'there is no current track to skip');
    const { skipped, next } = await player.request('skip', 'SKIP_SONG', { entry_id: current.entry_id });
    return announcement([
      messages.done.skipped(trackLink(skipped)),
      next === null ? messages.done.nothingNext : messages.done.next(trackLink(next)),
    ]);
  },
};
