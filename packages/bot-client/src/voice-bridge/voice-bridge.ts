import { randomUUID } from 'node:crypto';
import {
  channelIdSchema,
  type GatewayRequest,
  type GuildId,
  guildIdSchema,
  requestKeySchema,
  userIdSchema,
} from '@bandstand/protocol';
import type { Logger } from '@bandstand/service-kit';
import type { GuildEvent } from '@bandstand/transport';
import {
  type Client,
  Events,
  type GatewayChannelUpdateDispatchData,
  GatewayDispatchEvents,
  type GatewayVoiceServerUpdateDispatchData,
  type GatewayVoiceState,
  Status,
} from 'discord.js';
import type { GuildMirror } from '../player-client/guild-mirror.ts';
import type { PlayerLink } from '../player-client/player-link.ts';
import { CredentialRelay } from './credential-relay.ts';
import { GatewaySender } from './gateway-sender.ts';
import { SessionRenewal } from './session-renewal.ts';

/** The gateway knows our session; guilds may still be on their way. */
const LISTENING: readonly Status[] = [Status.Ready, Status.WaitingForGuilds];

export interface VoiceBridgeOptions {
  readonly client: Client;
  readonly link: PlayerLink;
  readonly log: Logger;
}

/**
 * Joins Discord's main gateway, which only the bot has, to the voice connection, which only the player has: the bot's
 * own voice state and voice server go down, wishes to join or leave come up.
 *
 * It listens to the raw dispatches: they come in order, untouched, and do not depend on what discord.js has cached.
 */
export class VoiceBridge {
  readonly #options: VoiceBridgeOptions;
  readonly #relay: CredentialRelay;
  readonly #sender: GatewaySender;
  readonly #renewal: SessionRenewal;
  /** The newest wish of each guild that was taken from the player. */
  readonly #granted = new Map<GuildId, string>();

  constructor(options: VoiceBridgeOptions) {
    this.#options = options;
    const { client, link, log } = options;
    this.#relay = new CredentialRelay({
      log,
      forward: async (guildId, { action, data }) => {
        const key = requestKeySchema.parse(`voice:${randomUUID()}`);
        await link.request(action, guildId, data, { key });
      },
    });
    this.#sender = new GatewaySender({
      log,
      now: () => performance.now(),
      shardOf: (guildId) => client.guilds.cache.get(guildId)?.shardId,
      send: (payload) => {
        const shard = client.guilds.cache.get(payload.d.guild_id)?.shard;
        if (shard === undefined || !LISTENING.includes(shard.status)) return false;
        shard.send(payload);
        return true;
      },
    });
    this.#renewal = new SessionRenewal({ client, onDue: (guildId) => this.#renew(guildId) });
    client.on(Events.ShardReady, this.#onShard);
    client.on(Events.ShardResume, this.#onShard);
    client.ws.on(GatewayDispatchEvents.VoiceStateUpdate, this.#onVoiceState);
    client.ws.on(GatewayDispatchEvents.VoiceServerUpdate, this.#onVoiceServer);
    client.ws.on(GatewayDispatchEvents.ChannelUpdate, this.#onChannelUpdate);
    link.on('event', this.#onEvent);
    link.on('change', this.#onChange);
  }

  close(): void {
    const { client, link } = this.#options;
    client.off(Events.ShardReady, this.#onShard);
    client.off(Events.ShardResume, this.#onShard);
    client.ws.off(GatewayDispatchEvents.VoiceStateUpdate, this.#onVoiceState);
    client.ws.off(GatewayDispatchEvents.VoiceServerUpdate, this.#onVoiceServer);
    client.ws.off(GatewayDispatchEvents.ChannelUpdate, this.#onChannelUpdate);
    link.off('event', this.#onEvent);
    link.off('change', this.#onChange);
    this.#renewal.close();
    this.#sender.close();
  }

  readonly #onShard = (shardId: number): void => this.#sender.wake(shardId);

  readonly #onEvent = (event: GuildEvent): void => {
    if (event.action === 'VOICE_GATEWAY_SEND') this.#grant(event.guildId, event.data);
  };

  /**
   * A snapshot after a gap may hold a wish whose event was lost; without a wish, one that waits is withdrawn. One that was sent stays
   * granted: the snapshot may be from before it, and the next one tell it again.
   */
  readonly #onChange = ({ guildId, snapshot }: GuildMirror): void => {
    if (snapshot === null) return;
    const granted = this.#granted.get(guildId);
    if (snapshot.gateway_request !== null) this.#grant(guildId, snapshot.gateway_request);
    else if (granted !== undefined && this.#sender.withdraw(guildId, granted)) this.#granted.delete(guildId);
    this.#renew(guildId);
  };

  /** Each wish once, however often it is told. */
  #grant(guildId: GuildId, { id, payload }: GatewayRequest): void {
    if (this.#granted.get(guildId) === id) return;
    this.#granted.set(guildId, id);
    this.#renewal.forget(guildId);
    if (payload.d.guild_id === guildId) this.#sender.send(payload, id);
    else this.#options.log.error({ guildId }, 'a wish for another guild than its own was dropped');
  }

  /** Once the player has told where it is. */
  #renew(guildId: GuildId): void {
    const { link, log } = this.#options;
    const snapshot = link.mirrorOf(guildId)?.snapshot ?? null;
    const payload = snapshot === null ? null : this.#renewal.take(guildId, snapshot);
    if (payload === null) return;
    log.info({ guildId, channelId: payload.d.channel_id }, 'asking for the voice channel in the new session');
    this.#sender.send(payload, snapshot?.gateway_request?.id);
  }

  /** Other members' states are none of the player's business. */
  readonly #onVoiceState = (state: GatewayVoiceState): void => {
    if (state.guild_id === undefined || state.user_id !== this.#options.client.user?.id) return;
    const guildId = guildIdSchema.parse(state.guild_id);
    if (this.#renewal.isEndOfEarlierSession(guildId, state)) return;
    this.#relay.push(guildId, {
      action: 'VOICE_STATE_UPDATE',
      data: {
        user_id: userIdSchema.parse(state.user_id),
        channel_id: state.channel_id === null ? null : channelIdSchema.parse(state.channel_id),
        session_id: state.session_id,
        self_mute: state.self_mute,
        self_deaf: state.self_deaf,
        mute: state.mute,
        deaf: state.deaf,
        suppress: state.suppress,
      },
    });
    const channel =
      state.channel_id === null ? null : this.#options.client.channels.cache.get(state.channel_id);
    if (channel?.isVoiceBased()) this.#tellBitrate(guildId, channel.id, channel.bitrate);
  };

  /** Boosts and moderators change a channel while we are in it. */
  readonly #onChannelUpdate = (channel: GatewayChannelUpdateDispatchData): void => {
    if (!('bitrate' in channel) || channel.bitrate === undefined || channel.guild_id === undefined) return;
    const guildId = guildIdSchema.parse(channel.guild_id);
    const snapshot = this.#options.link.mirrorOf(guildId)?.snapshot;
    if (snapshot?.channel_id === channel.id) this.#tellBitrate(guildId, channel.id, channel.bitrate);
  };

  #tellBitrate(guildId: GuildId, channelId: string, bitrateBps: number): void {
    const data = { channel_id: channelIdSchema.parse(channelId), bitrate_bps: bitrateBps };
    this.#relay.push(guildId, { action: 'VOICE_CHANNEL_UPDATE', data });
  }

  readonly #onVoiceServer = (server: GatewayVoiceServerUpdateDispatchData): void => {
    this.#relay.push(guildIdSchema.parse(server.guild_id), {
      action: 'VOICE_SERVER_UPDATE',
      data: { token: server.token, endpoint: server.endpoint },
    });
  };
}
