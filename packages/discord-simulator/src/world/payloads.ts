import {
  type APIGuild,
  type APIGuildMember,
  type APIVoiceState,
  ChannelType,
  GuildDefaultMessageNotifications,
  GuildExplicitContentFilter,
  type GuildMemberFlags,
  GuildMFALevel,
  GuildNSFWLevel,
  GuildPremiumTier,
  type GuildSystemChannelFlags,
  GuildVerificationLevel,
  Locale,
} from 'discord-api-types/v10';
import type { ChannelRecord, GuildRecord, MemberRecord, VoiceStateRecord } from './records.ts';
import type { World } from './world.ts';

/** The channel object as REST and gateway both give it. */
export function channelPayload(channel: ChannelRecord) {
  const common = {
    id: channel.id,
    guild_id: channel.guildId,
    name: channel.name,
    position: channel.position,
    permission_overwrites: [...channel.overwrites.values()],
    parent_id: null,
    nsfw: false,
    flags: 0,
    rate_limit_per_user: 0,
    last_message_id: null,
  };
  if (channel.type === ChannelType.GuildText) {
    return { ...common, type: channel.type, topic: channel.topic } as const;
  }
  const voice = {
    ...common,
    bitrate: channel.bitrate,
    user_limit: channel.userLimit,
    rtc_region: null,
  };
  return channel.type === ChannelType.GuildVoice
    ? ({ ...voice, type: channel.type } as const)
    : ({ ...voice, type: channel.type, topic: channel.topic } as const);
}

export function memberPayload(world: World, member: MemberRecord) {
  return {
    user: world.user(member.userId),
    nick: member.nick,
    roles: [...member.roles],
    joined_at: member.joinedAt,
    premium_since: null,
    pending: false,
    communication_disabled_until: null,
    avatar: null,
    banner: null,
    flags: 0 as GuildMemberFlags,
    mute: member.mute,
    deaf: member.deaf,
  } satisfies APIGuildMember;
}

/** A user who just left has no record any more: pass `channelId: null` on the last one. */
export function voiceStatePayload(
  world: World,
  guild: GuildRecord,
  state: Omit<VoiceStateRecord, 'channelId'> & { readonly channelId: string | null },
): APIVoiceState {
  const member = guild.members.get(state.userId);
  return {
    guild_id: guild.id,
    channel_id: state.channelId,
    user_id: state.userId,
    ...(member === undefined ? {} : { member: memberPayload(world, member) }),
    session_id: state.sessionId,
    deaf: member?.deaf ?? false,
    mute: member?.mute ?? false,
    self_deaf: state.selfDeaf,
    self_mute: state.selfMute,
    self_stream: false,
    self_video: false,
    suppress: state.suppress,
    request_to_speak_timestamp: state.requestToSpeakAt,
  };
}

export function guildPayload(guild: GuildRecord) {
  return {
    id: guild.id,
    name: guild.name,
    icon: null,
    description: null,
    home_header: null,
    splash: null,
    discovery_splash: null,
    features: [],
    banner: null,
    owner_id: guild.ownerId,
    application_id: null,
    region: 'simulated',
    afk_channel_id: null,
    afk_timeout: 300,
    system_channel_id: null,
    system_channel_flags: 0 as GuildSystemChannelFlags,
    widget_enabled: false,
    widget_channel_id: null,
    verification_level: GuildVerificationLevel.None,
    roles: [...guild.roles.values()],
    default_message_notifications: GuildDefaultMessageNotifications.OnlyMentions,
    mfa_level: GuildMFALevel.None,
    explicit_content_filter: GuildExplicitContentFilter.Disabled,
    max_presences: null,
    max_members: 500_000,
    max_stage_video_channel_users: 50,
    max_video_channel_users: 25,
    vanity_url_code: null,
    premium_tier: GuildPremiumTier.None,
    premium_subscription_count: 0,
    preferred_locale: Locale.EnglishUS,
    rules_channel_id: null,
    safety_alerts_channel_id: null,
    public_updates_channel_id: null,
    premium_progress_bar_enabled: false,
    nsfw: false,
    nsfw_level: GuildNSFWLevel.Default,
    emojis: [],
    stickers: [],
    hub_type: null,
    incidents_data: null,
  } satisfies APIGuild & Record<string, unknown>;
}
