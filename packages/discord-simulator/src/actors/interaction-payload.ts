import {
  type APIInteraction,
  type APIInteractionDataResolved,
  ApplicationIntegrationType,
  GatewayDispatchEvents,
  InteractionContextType,
  type InteractionType,
  Locale,
} from 'discord-api-types/v10';
import type { InteractionOrigin, InteractionRecord } from '../world/interaction-ledger.ts';
import { channelPayload, memberPayload } from '../world/payloads.ts';
import { permissionsOf } from '../world/permissions.ts';
import type { GuildRecord } from '../world/records.ts';
import type { ActorContext } from './actor-context.ts';

const ATTACHMENT_SIZE_LIMIT = 10 * 1024 * 1024;

/** What differs between commands, components, autocompletes and modals. */
export interface InteractionDetails {
  readonly type: InteractionType;
  readonly data: object;
  readonly message?: object;
}

/** Opens an interaction and sends INTERACTION_CREATE to the bot it is for. */
export function dispatchInteraction(
  { world, interactions }: ActorContext,
  origin: InteractionOrigin,
  details: InteractionDetails,
): InteractionRecord {
  const record = interactions.open(origin);
  const guild = world.guild(origin.channel.guildId);
  const member = guild.members.get(origin.userId);
  if (member === undefined) throw new Error(`bug: ${origin.userId} is not in ${guild.name}`);

  const permissions = String(permissionsOf(guild, origin.userId, origin.channel));
  const payload = {
    id: record.id,
    application_id: origin.applicationId,
    token: record.token,
    version: 1,
    guild_id: guild.id,
    guild: { id: guild.id, locale: Locale.EnglishUS, features: [] },
    channel_id: origin.channel.id,
    channel: { ...channelPayload(origin.channel), permissions },
    member: { ...memberPayload(world, member), permissions },
    app_permissions: String(permissionsOf(guild, origin.applicationId, origin.channel)),
    locale: Locale.EnglishUS,
    guild_locale: Locale.EnglishUS,
    entitlements: [],
    authorizing_integration_owners: { [ApplicationIntegrationType.GuildInstall]: guild.id },
    context: InteractionContextType.Guild,
    attachment_size_limit: ATTACHMENT_SIZE_LIMIT,
    ...details,
  } as unknown as APIInteraction; // a union over `type` and `data`, which the callers keep together
  world.dispatch(
    { t: GatewayDispatchEvents.InteractionCreate, d: payload },
    { guildId: guild.id, applicationId: origin.applicationId },
  );
  return record;
}

/** The objects behind the ids that options or selects carry. */
export function resolved(
  { world }: ActorContext,
  guild: GuildRecord,
  ids: readonly string[],
): APIInteractionDataResolved {
  const users = ids.flatMap((id) => world.users.get(id) ?? []);
  const members = ids.flatMap((id) => guild.members.get(id) ?? []);
  const channels = ids.flatMap((id) => guild.channels.get(id) ?? []);
  const roles = ids.flatMap((id) => guild.roles.get(id) ?? []);
  const result = {
    users: Object.fromEntries(users.map((user) => [user.id, user])),
    members: Object.fromEntries(
      members.map((member) => {
        const { user, ...rest } = memberPayload(world, member);
        return [member.userId, { ...rest, permissions: String(permissionsOf(guild, member.userId)) }];
      }),
    ),
    channels: Object.fromEntries(
      channels.map((channel) => [channel.id, { ...channelPayload(channel), permissions: '0' }]),
    ),
    roles: Object.fromEntries(roles.map((role) => [role.id, role])),
  };
  return Object.fromEntries(Object.entries(result).filter(([, entries]) => Object.keys(entries).length > 0));
}
