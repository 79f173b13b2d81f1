import type { CommandInput, GuildId } from '@bandstand/protocol';
import type { Logger } from '@bandstand/service-kit';

/** What Discord dispatched, as the player takes it. */
export type Credential =
  | { readonly action: 'VOICE_STATE_UPDATE'; readonly data: CommandInput<'VOICE_STATE_UPDATE'> }
  | { readonly action: 'VOICE_SERVER_UPDATE'; readonly data: CommandInput<'VOICE_SERVER_UPDATE'> }
  | { readonly action: 'VOICE_CHANNEL_UPDATE'; readonly data: CommandInput<'VOICE_CHANNEL_UPDATE'> };

/** More than this waiting means that the player is away; then only the newest are worth anything. */
const MAX_WAITING = 8;

export interface CredentialRelayOptions {
  /** Resolves when the player has acknowledged it. */
  readonly forward: (guildId: GuildId, credential: Credential) => Promise<void>;
  readonly log: Logger;
}

/**
 * Hands voice states, voice servers and what is known of the channel to the player in the order Discord sent them: per guild the next one leaves only
 * after the one before was acknowledged. The other order would leave the voice connection waiting for ever.
 */
export class CredentialRelay {
  readonly #options: CredentialRelayOptions;
  /** Guilds with something on its way, and what waits behind it. */
  readonly #waiting = new Map<GuildId, Credential[]>();

  constructor(options: CredentialRelayOptions) {
    this.#options = options;
  }

  push(guildId: GuildId, credential: Credential): void {
    const waiting = this.#waiting.get(guildId);
    if (waiting === undefined) {
      this.#waiting.set(guildId, []);
      void this.#forward(guildId, credential);
      return;
    }
    if (waiting.push(credential) <= MAX_WAITING) return;
    const dropped = waiting.shift();
    this.#options.log.warn(
      { guildId, action: dropped?.action },
      'too much waits for the player; dropped the oldest',
    );
  }

  async #forward(guildId: GuildId, first: Credential): Promise<void> {
    for (
      let next: Credential | undefined = first;
      next !== undefined;
      next = this.#waiting.get(guildId)?.shift()
    ) {
      try {
        await this.#options.forward(guildId, next);
      } catch (error) {
        // A player that comes back asks for new ones by itself.
        this.#options.log.warn({ guildId, action: next.action, err: error }, 'the player did not take it');
      }
    }
    this.#waiting.delete(guildId);
  }
}
