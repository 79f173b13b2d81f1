import { OverwriteType, PermissionFlagsBits } from 'discord-api-types/v10';
import type { ChannelRecord, GuildRecord } from './records.ts';

export type PermissionName = keyof typeof PermissionFlagsBits;

export const ALL_PERMISSIONS = Object.values(PermissionFlagsBits).reduce((all, bit) => all | bit, 0n);

export function permissionBits(names: readonly PermissionName[]): bigint {
  return names.reduce((bits, name) => bits | PermissionFlagsBits[name], 0n);
}

/** What everybody may do in a fresh guild. */
export const EVERYONE_PERMISSIONS = permissionBits([
  'ViewChannel',
  'SendMessages',
  'EmbedLinks',
  'AttachFiles',
  'AddReactions',
  'ReadMessageHistory',
  'UseApplicationCommands',
  'Connect',
  'Speak',
  'UseVAD',
  'RequestToSpeak',
  'ChangeNickname',
]);

/** What the invite link of a music bot usually asks for. */
export const MUSIC_BOT_PERMISSIONS = permissionBits([
  'ViewChannel',
  'SendMessages',
  'EmbedLinks',
  'AttachFiles',
  'ReadMessageHistory',
  'Connect',
  'Speak',
  'UseVAD',
]);

/**
 * What a member may do, in a channel or in the guild as a whole.
 *
 * Follows Discord's "Permission Hierarchy": everyone role, roles, then overwrites for everyone, roles and member.
 * Without VIEW_CHANNEL (and, in voice, CONNECT) nothing else in the channel counts.
 */
export function permissionsOf(guild: GuildRecord, userId: string, channel?: ChannelRecord): bigint {
  const member = guild.members.get(userId);
  if (member === undefined) return 0n;
  if (userId === guild.ownerId) return ALL_PERMISSIONS;

  const roleIds = [guild.id, ...member.roles];
  const base = roleIds.reduce((bits, id) => bits | BigInt(guild.roles.get(id)?.permissions ?? '0'), 0n);
  if ((base & PermissionFlagsBits.Administrator) !== 0n) return ALL_PERMISSIONS;
  if (channel === undefined) return base;

  const inChannel = applyOverwrites(base, guild.id, userId, member.roles, channel);
  return (inChannel & PermissionFlagsBits.ViewChannel) === 0n ? 0n : inChannel;
}

export function may(
  guild: GuildRecord,
  userId: string,
  names: readonly PermissionName[],
  channel?: ChannelRecord,
): boolean {
  const needed = permissionBits(names);
  return (permissionsOf(guild, userId, channel) & needed) === needed;
}

function applyOverwrites(
  base: bigint,
  everyoneId: string,
  userId: string,
  roles: ReadonlySet<string>,
  channel: ChannelRecord,
): bigint {
  const everyone = channel.overwrites.get(everyoneId);
  let bits = everyone === undefined ? base : (base & ~BigInt(everyone.deny)) | BigInt(everyone.allow);

  let allow = 0n;
  let deny = 0n;
  for (const overwrite of channel.overwrites.values()) {
    if (overwrite.type !== OverwriteType.Role || !roles.has(overwrite.id)) continue;
    allow |= BigInt(overwrite.allow);
    deny |= BigInt(overwrite.deny);
  }
  bits = (bits & ~deny) | allow;

  const own = channel.overwrites.get(userId);
  if (own === undefined) return bits;
  return (bits & ~BigInt(own.deny)) | BigInt(own.allow);
}
