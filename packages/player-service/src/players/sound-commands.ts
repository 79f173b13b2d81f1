import type { ReplyData } from '@bandstand/protocol';
import type { GuildUpdates } from './guild-updates.ts';
import type { TrackDeck } from './track-deck.ts';

export interface SoundCommandsOptions {
  readonly deck: TrackDeck;
  readonly updates: GuildUpdates;
}

/** The commands that change how the music sounds. */
export class SoundCommands {
  readonly #of: SoundCommandsOptions;

  constructor(options: SoundCommandsOptions) {
    this.#of = options;
  }

  setVolume(percent: number): ReplyData<'SET_VOLUME'> {
    const { deck, updates } = this.#of;
    return updates.settled(deck.setVolume(percent));
  }
}
