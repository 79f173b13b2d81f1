import { type APIMessage, type APIOverwrite, OverwriteType } from 'discord-api-types/v10';
import { type PermissionName, permissionBits } from '../world/permissions.ts';
import type { GuildRecord, MemberRecord } from '../world/records.ts';
import type { ActorContext } from './actor-context.ts';
import type { ChannelHandle, VoiceChannelHandle } from './channel-handle.ts';

/** A person or a bot, by handle. */
export interface Somebody {
  readonly id: string;
}

interface InGuild {
  readonly id: string;
}

/** Somebody who may do everything, acting from outside the story. */
export class Moderator {
  readonly #context: ActorContext;

  constructor(context: ActorContext) {
    this.#context = context;
  }

  /** Drags somebody into another voice channel of the same guild. */
  moves(who: Somebody, channel: VoiceChannelHandle): void {
    const moved = this.#context.voice.move(channel.guild, who.id, channel.record);
    if (!moved) throw new Error(`${who.id} is in no other voice channel of this guild`);
  }

  /** Disconnects somebody from voice. `from` is needed where they are in voice in several guilds. */
  kicks(who: Somebody, from?: InGuild): void {
    this.#context.voice.leave(this.#guildWithVoice(who, from), who.id);
  }

  serverMutes(who: Somebody, muted = true, inGuild?: InGuild): void {
    this.#changes(who, inGuild, (member) => {
      member.mute = muted;
    });
  }

  serverDeafens(who: Somebody, deafened = true, inGuild?: InGuild): void {
    this.#changes(who, inGuild, (member) => {
      member.deaf = deafened;
    });
  }

  /** Lets a member of a stage's audience speak, or sends them back. */
  suppresses(who: Somebody, suppressed: boolean, inGuild?: InGuild): void {
    const guild = this.#guildWithVoice(who, inGuild);
    const state = guild.voiceStates.get(who.id);
    if (state !== undefined) state.suppress = suppressed;
    this.#context.voice.refresh(guild, who.id);
  }

  deletesChannel(channel: ChannelHandle): void {
    this.#context.voice.closeChannel(channel.guild, channel.record);
    this.#context.world.removeChannel(channel.record);
  }

  deletesMessage(message: APIMessage): void {
    const stored = this.#context.board.find(message.channel_id, message.id);
    if (stored === undefined) throw new Error('the message was deleted before');
    this.#context.board.delete(stored);
  }

  /** @param userLimit - 0 for no limit. Nobody is thrown out. */
  limits(channel: VoiceChannelHandle, userLimit: number): void {
    channel.record.userLimit = userLimit;
    this.#context.world.updateChannel(channel.record);
  }

  /** @param bps - What Discord allows the channel: 64,000 without boosts, up to 384,000. */
  setsBitrate(channel: VoiceChannelHandle, bps: number): void {
    channel.record.bitrate = bps;
    this.#context.world.updateChannel(channel.record);
  }

  /** Permission overwrites in one channel, for one member or for everyone. */
  denies(channel: ChannelHandle, who: Somebody | 'everyone', ...permissions: PermissionName[]): void {
    this.#overwrite(channel, who, { deny: permissionBits(permissions), allow: 0n });
  }

  allows(channel: ChannelHandle, who: Somebody | 'everyone', ...permissions: PermissionName[]): void {
    this.#overwrite(channel, who, { deny: 0n, allow: permissionBits(permissions) });
  }

  /** Gives somebody permissions in the whole guild, through a new role. */
  grants(who: Somebody, guild: InGuild, ...permissions: PermissionName[]): void {
    const record = this.#context.world.guild(guild.id);
    const role = this.#context.world.addRole(record, permissions.join(' '), permissionBits(permissions));
    const member = this.#member(record, who);
    member.roles.add(role.id);
    this.#context.world.updateMember(record, member);
  }

  /** Throws somebody out of the guild; a bot hears GUILD_DELETE. */
  removes(who: Somebody, guild: InGuild): void {
    const record = this.#context.world.guild(guild.id);
    this.#context.voice.leave(record, who.id);
    this.#context.world.removeMember(record, who.id);
  }

  /** The voice server of a bot's connection goes away: VOICE_SERVER_UPDATE with `endpoint: null`. */
  losesVoiceServer(bot: Somebody, inGuild?: InGuild): void {
    this.#context.voice.loseServer(this.#guildWithVoice(bot, inGuild), bot.id);
  }

  /** A new voice server for it: VOICE_SERVER_UPDATE with an endpoint. */
  restoresVoiceServer(bot: Somebody, inGuild?: InGuild): void {
    this.#context.voice.restoreServer(this.#guildWithVoice(bot, inGuild), bot.id);
  }

  #changes(who: Somebody, inGuild: InGuild | undefined, change: (member: MemberRecord) => void): void {
    const guild = this.#guildWithVoice(who, inGuild);
    const member = this.#member(guild, who);
    change(member);
    this.#context.world.updateMember(guild, member);
    this.#context.voice.refresh(guild, who.id);
  }

  #overwrite(
    channel: ChannelHandle,
    who: Somebody | 'everyone',
    { allow, deny }: { readonly allow: bigint; readonly deny: bigint },
  ): void {
    const id = who === 'everyone' ? channel.guild.id : who.id;
    const type = who === 'everyone' ? OverwriteType.Role : OverwriteType.Member;
    const before: Pick<APIOverwrite, 'allow' | 'deny'> = channel.record.overwrites.get(id) ?? {
      allow: '0',
      deny: '0',
    };
    channel.record.overwrites.set(id, {
      id,
      type,
      allow: String((BigInt(before.allow) & ~deny) | allow),
      deny: String((BigInt(before.deny) & ~allow) | deny),
    });
    this.#context.world.updateChannel(channel.record);
  }

  #member(guild: GuildRecord, who: Somebody): MemberRecord {
    const member = guild.members.get(who.id);
    if (member === undefined) throw new Error(`${who.id} is not in ${guild.name}`);
    return member;
  }

  #guildWithVoice(who: Somebody, inGuild: InGuild | undefined): GuildRecord {
    if (inGuild !== undefined) return this.#context.world.guild(inGuild.id);
    const guilds = [...this.#context.world.guilds.values()].filter((guild) => guild.voiceStates.has(who.id));
    const [guild, another] = guilds;
    if (guild === undefined) throw new Error(`${who.id} is in no voice channel`);
    if (another !== undefined) throw new Error(`${who.id} is in voice in several guilds: say which one`);
    return guild;
  }
}
