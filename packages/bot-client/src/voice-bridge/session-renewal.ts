import { channelIdSchema, type GuildId, type GuildSnapshot, guildIdSchema } from '@bandstand/protocol';
import {
  type Client,
  GatewayDispatchEvents,
  type GatewayGuildCreateDispatchData,
  type GatewayReadyDispatchData,
} from 'discord.js';
import type { GatewayPayload } from './gateway-sender.ts';

/** Our voice state as Discord told it with the guild. */
type OwnVoiceState = Pick<
  GatewayGuildCreateDispatchData['voice_states'][number],
  'channel_id' | 'self_mute' | 'self_deaf' | 'session_id'
>;

export interface SessionRenewalOptions {
  readonly client: Client;
  /** A guild's voice state belongs to an earlier gateway session, or is gone. */
  readonly onDue: (guildId: GuildId) => void;
}

/**
 * Finds the guilds whose voice state does not belong to our gateway session, and says what to ask Discord for, so that it
 * does.
 *
 * A voice state lives as long as the gateway session that made it. That of a bot that was killed lives on for a few minutes,
 * and with it the music. Asking for the same channel in the new session (op 4) makes the voice state ours before Discord
 * ends it; where it ended already, it brings the bot back.
 *
 * @see https://discord.com/developers/docs/events/gateway#resuming
 */
export class SessionRenewal {
  readonly #options: SessionRenewalOptions;
  /** By shard. */
  readonly #sessions = new Map<number, string>();
  /** Guilds not asked for yet, with where Discord shows us. */
  readonly #due = new Map<GuildId, OwnVoiceState | null>();

  constructor(options: SessionRenewalOptions) {
    this.#options = options;
    options.client.ws.on(GatewayDispatchEvents.Ready, this.#onReady);
    options.client.ws.on(GatewayDispatchEvents.GuildCreate, this.#onGuild);
  }

  /**
   * Whether this tells only that an earlier gateway session ended, while the guild waits to be renewed: that is no reason
   * for the player to believe that somebody sent it away.
   */
  isEndOfEarlierSession(guildId: GuildId, state: { channel_id: string | null; session_id: string }): boolean {
    if (state.channel_id !== null || !this.#due.has(guildId)) return false;
    return ![...this.#sessions.values()].includes(state.session_id);
  }

  /**
   * Ends the waiting of a guild whose player told where it is.
   *
   * @returns What to send, `null` for nothing. A moderator's move that happened while the bot was away is kept.
   */
  take(guildId: GuildId, snapshot: GuildSnapshot): GatewayPayload | null {
    const own = this.#due.get(guildId);
    if (own === undefined) return null;
    this.#due.delete(guildId);
    if (snapshot.gateway_request !== null) return snapshot.gateway_request.payload;
    if (snapshot.channel_id === null) return null;
    const channel = own?.channel_id ?? snapshot.channel_id;
    return {
      op: 4,
      d: {
        guild_id: guildId,
        channel_id: channelIdSchema.parse(channel),
        self_mute: own?.self_mute ?? false,
        self_deaf: own?.self_deaf ?? true,
      },
    };
  }

  /** A newer wish of the player makes it needless. */
  forget(guildId: GuildId): void {
    this.#due.delete(guildId);
  }

  close(): void {
    const { ws } = this.#options.client;
    ws.off(GatewayDispatchEvents.Ready, this.#onReady);
    ws.off(GatewayDispatchEvents.GuildCreate, this.#onGuild);
    this.#due.clear();
  }

  readonly #onReady = (ready: GatewayReadyDispatchData, shardId: number): void => {
    this.#sessions.set(shardId, ready.session_id);
  };

  readonly #onGuild = (guild: GatewayGuildCreateDispatchData, shardId: number): void => {
    const userId = this.#options.client.user?.id;
    const own = guild.voice_states?.find((state) => state.user_id === userId) ?? null;
    if (own !== null && own.session_id === this.#sessions.get(shardId)) return;
    const guildId = guildIdSchema.parse(guild.id);
    this.#due.set(guildId, own);
    this.#options.onDue(guildId);
  };
}
