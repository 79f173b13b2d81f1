import {
  ChannelType,
  GatewayDispatchEvents as Event,
  type GatewayGuildCreateDispatchData,
  GatewayIntentBits as Intent,
  type PresenceUpdateReceiveStatus,
} from 'discord-api-types/v10';
import type { Dispatch } from '../world/dispatch.ts';
import { channelPayload, guildPayload, memberPayload, voiceStatePayload } from '../world/payloads.ts';
import type { ApplicationRecord, GuildRecord } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { letsThrough } from './event-intents.ts';

export interface Receiver {
  readonly bot: ApplicationRecord;
  readonly intents: number;
}

/**
 * The event as this receiver gets it; `undefined` when its intents do not let it through.
 *
 * A bot's own member updates come without an intent. Text of other people's messages is blanked without
 * MESSAGE_CONTENT unless the bot is mentioned.
 */
export function tailor(dispatch: Dispatch, { bot, intents }: Receiver): Dispatch | undefined {
  if (dispatch.t === Event.GuildMemberUpdate && dispatch.d.user.id === bot.id) return dispatch;
  if (!letsThrough(intents, dispatch.t)) return undefined;
  if (dispatch.t !== Event.MessageCreate && dispatch.t !== Event.MessageUpdate) return dispatch;

  const readable =
    (intents & Intent.MessageContent) !== 0 ||
    dispatch.d.author.id === bot.id ||
    dispatch.d.mentions.some(({ id }) => id === bot.id);
  if (readable) return dispatch;
  const blanked = { ...dispatch.d, content: '', embeds: [], attachments: [], components: [] };
  return dispatch.t === Event.MessageCreate ? { t: dispatch.t, d: blanked } : { t: dispatch.t, d: blanked };
}

/** Without GUILD_MEMBERS a bot sees itself and whoever is in voice; everybody else comes with what they do. */
export function guildCreate(world: World, guild: GuildRecord, { bot, intents }: Receiver): Dispatch {
  const all = (intents & Intent.GuildMembers) !== 0;
  const withVoice = (intents & Intent.GuildVoiceStates) !== 0;
  const members = [...guild.members.values()].filter(
    ({ userId }) => all || userId === bot.id || (withVoice && guild.voiceStates.has(userId)),
  );
  const d: GatewayGuildCreateDispatchData = {
    ...guildPayload(guild),
    joined_at: guild.members.get(bot.id)?.joinedAt ?? world.nowIso(),
    large: false,
    unavailable: false,
    member_count: guild.members.size,
    voice_states: withVoice
      ? [...guild.voiceStates.values()].map((state) => {
          const { guild_id, member, ...rest } = voiceStatePayload(world, guild, state);
          return rest;
        })
      : [],
    members: members.map((member) => memberPayload(world, member)),
    channels: [...guild.channels.values()].map(channelPayload),
    threads: [],
    presences: [],
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
  };
  return { t: Event.GuildCreate, d };
}

/** VOICE_CHANNEL_STATUS is not part of GUILD_CREATE: it follows for each channel that has one. */
export function voiceStatuses(guild: GuildRecord): Dispatch[] {
  return [...guild.channels.values()].flatMap((channel): Dispatch[] => {
    if (channel.type !== ChannelType.GuildVoice || channel.voiceStatus === null) return [];
    const d = { id: channel.id, guild_id: guild.id, status: channel.voiceStatus };
    return [{ t: Event.VoiceChannelStatusUpdate, d }];
  });
}

export function presenceUpdate(bot: ApplicationRecord, guild: GuildRecord): Dispatch {
  return {
    t: Event.PresenceUpdate,
    d: {
      user: { id: bot.id },
      guild_id: guild.id,
      status: (bot.presence?.status ?? 'offline') as PresenceUpdateReceiveStatus,
      activities: [],
      client_status: {},
    },
  };
}
