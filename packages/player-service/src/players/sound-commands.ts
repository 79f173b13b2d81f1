import {
  type CommandData,
  FILTER_PRESETS,
  presetOf,
  type ReplyData,
  withoutNeutral,
} from '@bandstand/protocol';
import type { GuildSound } from './guild-sound.ts';
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
    return this.#set({ volumePercent: percent });
  }

  /** All filters at once: what was on before and is not named is off. */
  setFilters({ filters, preset }: CommandData<'SET_FILTERS'>): ReplyData<'SET_FILTERS'> {
    const wanted = preset === undefined ? (filters ?? {}) : FILTER_PRESETS[preset];
    const effective = withoutNeutral(wanted);
    return { ...this.#set({ filters: effective }), filters: effective, preset: presetOf(effective) };
  }

  setCrossfade(ms: number): ReplyData<'SET_CROSSFADE'> {
    return this.#set({ crossfadeMs: ms });
  }

  setNormalization(enabled: boolean): ReplyData<'SET_NORMALIZATION'> {
    return this.#set({ normalize: enabled });
  }

  #set(changes: Partial<GuildSound>): { readonly changed: boolean } {
    return this.#of.updates.settled(this.#of.deck.setSound(changes));
  }
}
