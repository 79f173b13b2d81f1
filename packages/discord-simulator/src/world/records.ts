import type {
  APIApplicationCommand,
  APIOverwrite,
  APIRole,
  APIUser,
  ChannelType,
  GatewayPresenceUpdateData,
} from 'discord-api-types/v10';

/** The channel types this Discord has. */
export type SimulatedChannelType =
  | ChannelType.GuildText
  | ChannelType.GuildVoice
  | ChannelType.GuildStageVoice;

export interface ChannelRecord {
  readonly id: string;
  readonly guildId: string;
  readonly type: SimulatedChannelType;
  name: string;
  topic: string | null;
  position: number;
  /** 0 = no limit. Text channels keep 0. */
  userLimit: number;
  bitrate: number;
  /** The line under a voice channel's name. */
  voiceStatus: string | null;
  readonly overwrites: Map<string, APIOverwrite>;
}

export interface MemberRecord {
  readonly userId: string;
  nick: string | null;
  readonly roles: Set<string>;
  readonly joinedAt: string;
  mute: boolean;
  deaf: boolean;
}

/** Discord's per-user record in one guild while that user is in a voice channel. */
export interface VoiceStateRecord {
  readonly userId: string;
  readonly guildId: string;
  channelId: string;
  /** For a bot: the id of its gateway session. */
  sessionId: string;
  selfMute: boolean;
  selfDeaf: boolean;
  suppress: boolean;
  requestToSpeakAt: string | null;
}

export interface GuildRecord {
  readonly id: string;
  name: string;
  readonly ownerId: string;
  readonly roles: Map<string, APIRole>;
  readonly channels: Map<string, ChannelRecord>;
  readonly members: Map<string, MemberRecord>;
  readonly voiceStates: Map<string, VoiceStateRecord>;
}

/** A bot application: its user has the same id, as for every application made since 2017. */
export interface ApplicationRecord {
  readonly id: string;
  readonly user: APIUser;
  readonly token: string;
  readonly verifyKey: string;
  /** Whether the privileged intents are switched on in the developer portal. */
  readonly privilegedIntents: boolean;
  presence: GatewayPresenceUpdateData | null;
  /** Commands by scope: `global`, or a guild id. */
  readonly commands: Map<string, Map<string, APIApplicationCommand>>;
}
