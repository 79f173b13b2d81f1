import type { APIRole, APIUser, RoleFlags, UserFlags } from 'discord-api-types/v10';
import { ChannelType, GatewayDispatchEvents } from 'discord-api-types/v10';
import type { Clock } from '../clock.ts';
import type { Audience, Dispatch, DispatchListener } from './dispatch.ts';
import { channelPayload, memberPayload } from './payloads.ts';
import { EVERYONE_PERMISSIONS } from './permissions.ts';
import type {
  ApplicationRecord,
  ChannelRecord,
  GuildRecord,
  MemberRecord,
  SimulatedChannelType,
} from './records.ts';
import type { Snowflakes } from './snowflakes.ts';

const DEFAULT_BITRATE = 64_000;

/** Everything that exists in the simulated Discord; what changes in it is told to the dispatch listeners. */
export class World {
  readonly guilds = new Map<string, GuildRecord>();
  readonly users = new Map<string, APIUser>();
  readonly applications = new Map<string, ApplicationRecord>();
  readonly clock: Clock;
  readonly ids: Snowflakes;
  readonly #listeners = new Set<DispatchListener>();

  constructor(clock: Clock, ids: Snowflakes) {
    this.clock = clock;
    this.ids = ids;
  }

  onDispatch(listener: DispatchListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  dispatch(dispatch: Dispatch, audience: Audience): void {
    for (const listener of this.#listeners) listener(dispatch, audience);
  }

  nowIso(): string {
    return new Date(this.clock.now()).toISOString();
  }

  user(id: string): APIUser {
    const user = this.users.get(id);
    if (user === undefined) throw new Error(`bug: no user ${id}`);
    return user;
  }

  guild(id: string): GuildRecord {
    const guild = this.guilds.get(id);
    if (guild === undefined) throw new Error(`bug: no guild ${id}`);
    return guild;
  }

  channel(id: string): { guild: GuildRecord; channel: ChannelRecord } | undefined {
    for (const guild of this.guilds.values()) {
      const channel = guild.channels.get(id);
      if (channel !== undefined) return { guild, channel };
    }
    return undefined;
  }

  addUser(name: string, bot = false): APIUser {
    const user = {
      id: this.ids.standing(),
      username: bot ? name : name.toLowerCase().replace(/[^a-z0-9_.]/g, '_'),
      global_name: bot ? null : name,
      discriminator: bot ? '0001' : '0',
      avatar: null,
      avatar_decoration_data: null,
      banner: null,
      accent_color: null,
      bot,
      public_flags: 0 as UserFlags,
      flags: 0 as UserFlags,
      primary_guild: null,
    } satisfies APIUser;
    this.users.set(user.id, user);
    return user;
  }

  addGuild(name: string, ownerId: string): GuildRecord {
    const id = this.ids.standing();
    const guild: GuildRecord = {
      id,
      name,
      ownerId,
      roles: new Map([[id, role(id, '@everyone', EVERYONE_PERMISSIONS, 0)]]),
      channels: new Map(),
      members: new Map(),
      voiceStates: new Map(),
    };
    this.guilds.set(id, guild);
    this.addMember(guild, ownerId);
    return guild;
  }

  addRole(guild: GuildRecord, name: string, permissions: bigint, botId?: string): APIRole {
    const added = role(this.ids.standing(), name, permissions, guild.roles.size);
    if (botId !== undefined) {
      added.managed = true;
      added.tags = { bot_id: botId };
    }
    guild.roles.set(added.id, added);
    this.dispatch(
      { t: GatewayDispatchEvents.GuildRoleCreate, d: { guild_id: guild.id, role: added } },
      { guildId: guild.id },
    );
    return added;
  }

  addMember(guild: GuildRecord, userId: string, roles: readonly string[] = []): MemberRecord {
    const member: MemberRecord = {
      userId,
      nick: null,
      roles: new Set(roles),
      joinedAt: this.nowIso(),
      mute: false,
      deaf: false,
    };
    guild.members.set(userId, member);
    this.dispatch(
      {
        t: GatewayDispatchEvents.GuildMemberAdd,
        d: { ...memberPayload(this, member), guild_id: guild.id },
      },
      { guildId: guild.id },
    );
    return member;
  }

  /** Their voice state must have ended before: see `VoicePresence.leave`. A bot hears GUILD_DELETE. */
  removeMember(guild: GuildRecord, userId: string): void {
    const audience = { guildId: guild.id };
    if (this.applications.has(userId)) {
      this.dispatch(
        { t: GatewayDispatchEvents.GuildDelete, d: { id: guild.id } },
        { ...audience, applicationId: userId },
      );
    }
    guild.members.delete(userId);
    this.dispatch(
      { t: GatewayDispatchEvents.GuildMemberRemove, d: { guild_id: guild.id, user: this.user(userId) } },
      audience,
    );
  }

  updateMember(guild: GuildRecord, member: MemberRecord): void {
    this.dispatch(
      {
        t: GatewayDispatchEvents.GuildMemberUpdate,
        d: { ...memberPayload(this, member), guild_id: guild.id },
      },
      { guildId: guild.id },
    );
  }

  addChannel(
    guild: GuildRecord,
    name: string,
    type: SimulatedChannelType,
    limits: { readonly userLimit?: number } = {},
  ): ChannelRecord {
    const channel: ChannelRecord = {
      id: this.ids.standing(),
      guildId: guild.id,
      type,
      name,
      topic: null,
      position: guild.channels.size,
      userLimit: type === ChannelType.GuildText ? 0 : (limits.userLimit ?? 0),
      bitrate: DEFAULT_BITRATE,
      voiceStatus: null,
      overwrites: new Map(),
    };
    guild.channels.set(channel.id, channel);
    this.dispatch(
      { t: GatewayDispatchEvents.ChannelCreate, d: channelPayload(channel) },
      { guildId: guild.id },
    );
    return channel;
  }

  updateChannel(channel: ChannelRecord): void {
    this.dispatch(
      { t: GatewayDispatchEvents.ChannelUpdate, d: channelPayload(channel) },
      { guildId: channel.guildId },
    );
  }

  /** Whoever sits in it must have been moved out before: see `VoicePresence.closeChannel`. */
  removeChannel(channel: ChannelRecord): void {
    this.guild(channel.guildId).channels.delete(channel.id);
    this.dispatch(
      { t: GatewayDispatchEvents.ChannelDelete, d: channelPayload(channel) },
      { guildId: channel.guildId },
    );
  }
}

function role(id: string, name: string, permissions: bigint, position: number): APIRole {
  return {
    id,
    name,
    permissions: String(permissions),
    position,
    color: 0,
    colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
    hoist: false,
    managed: false,
    mentionable: false,
    icon: null,
    unicode_emoji: null,
    flags: 0 as RoleFlags,
  };
}
