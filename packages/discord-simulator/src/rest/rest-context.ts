import type { SessionStartLimit } from '../gateway/session-starts.ts';
import type { CommandRegistry } from '../world/command-registry.ts';
import type { InteractionLedger } from '../world/interaction-ledger.ts';
import type { MessageBoard } from '../world/message-board.ts';
import { may, type PermissionName } from '../world/permissions.ts';
import type { ApplicationRecord, ChannelRecord, GuildRecord, MemberRecord } from '../world/records.ts';
import type { VoicePresence } from '../world/voice-presence.ts';
import type { World } from '../world/world.ts';
import { refused, unknown } from './api-error.ts';

/** What the routes work on. */
export interface RestContext {
  readonly world: World;
  readonly board: MessageBoard;
  readonly commands: CommandRegistry;
  readonly interactions: InteractionLedger;
  readonly voice: VoicePresence;
  readonly gatewayUrl: () => string;
  readonly sessionStarts: (bot: ApplicationRecord) => SessionStartLimit;
}

/** @throws ApiError 10004 for a guild that the bot is not in, as for one that does not exist. */
export function guildOf({ world }: RestContext, bot: ApplicationRecord, guildId: string): GuildRecord {
  const guild = world.guilds.get(guildId);
  if (guild?.members.has(bot.id) !== true) throw unknown.guild();
  return guild;
}

export function memberOf(guild: GuildRecord, userId: string): MemberRecord {
  const member = guild.members.get(userId);
  if (member === undefined) throw unknown.member();
  return member;
}

/** @throws ApiError 10003 unknown channel, 50001 without VIEW_CHANNEL, 50013 without the other permissions. */
export function channelOf(
  { world }: RestContext,
  bot: ApplicationRecord,
  channelId: string,
  needed: readonly PermissionName[] = [],
): { guild: GuildRecord; channel: ChannelRecord } {
  const found = world.channel(channelId);
  if (found?.guild.members.has(bot.id) !== true) throw unknown.channel();
  if (!may(found.guild, bot.id, ['ViewChannel'], found.channel)) throw refused.missingAccess();
  if (!may(found.guild, bot.id, needed, found.channel)) throw refused.missingPermissions();
  return found;
}

/** @throws ApiError 50013. */
export function requireInGuild(
  guild: GuildRecord,
  bot: ApplicationRecord,
  ...needed: PermissionName[]
): void {
  if (!may(guild, bot.id, needed)) throw refused.missingPermissions();
}
