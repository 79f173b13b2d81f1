import type { VoiceStateOutbox } from './voice-state-outbox.ts';

/** Where Discord believes us to be in one guild, and the two wishes that change it. */
export class ChannelPresence {
  readonly #guildId: string;
  readonly #outbox: VoiceStateOutbox;
  #isPresent = false;

  constructor(guildId: string, outbox: VoiceStateOutbox) {
    this.#guildId = guildId;
    this.#outbox = outbox;
  }

  /** Discord's own word. */
  observe(channelId: string | null): void {
    this.#isPresent = channelId !== null;
  }

  /** @returns A function that takes the wish back as long as it waits for the rate limit. */
  enter(channelId: string, onSent: () => void): () => void {
    return this.#outbox.post(this.#request(channelId), () => {
      this.#isPresent = true;
      onSent();
    });
  }

  /** Says nothing when we are in no channel. */
  leave(): void {
    if (!this.#isPresent) return;
    this.#isPresent = false;
    this.#outbox.post(this.#request(null));
  }

  #request(channelId: string | null) {
    return {
      op: 4,
      d: { guild_id: this.#guildId, channel_id: channelId, self_mute: false, self_deaf: true },
    } as const;
  }
}
