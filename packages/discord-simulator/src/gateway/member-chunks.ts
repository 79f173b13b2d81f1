import {
  GatewayDispatchEvents as Event,
  type GatewayGuildMembersChunkDispatchData,
} from 'discord-api-types/v10';
import type { Dispatch } from '../world/dispatch.ts';
import { memberPayload } from '../world/payloads.ts';
import type { GuildRecord } from '../world/records.ts';
import type { World } from '../world/world.ts';
import type { MembersRequest } from './client-frame.ts';

const MAX_CHUNK = 1000;

/** The answer to op 8: members by id or by the beginning of their name, in portions. */
export function memberChunks(world: World, guild: GuildRecord, request: MembersRequest): Dispatch[] {
  const found = wanted(world, guild, request);
  const count = Math.max(1, Math.ceil(found.length / MAX_CHUNK));
  return Array.from({ length: count }, (_, index) => {
    const d: GatewayGuildMembersChunkDispatchData = {
      guild_id: guild.id,
      members: found
        .slice(index * MAX_CHUNK, (index + 1) * MAX_CHUNK)
        .map((member) => memberPayload(world, member)),
      chunk_index: index,
      chunk_count: count,
      not_found: request.userIds.filter((id) => !guild.members.has(id)),
      ...(request.nonce === undefined ? {} : { nonce: request.nonce }),
    };
    return { t: Event.GuildMembersChunk, d };
  });
}

function wanted(world: World, guild: GuildRecord, { userIds, query = '', limit }: MembersRequest) {
  const matching = [...guild.members.values()].filter(({ userId, nick }) => {
    if (userIds.length > 0) return userIds.includes(userId);
    const { username, global_name } = world.user(userId);
    return [nick, username, global_name].some((name) => name?.toLowerCase().startsWith(query.toLowerCase()));
  });
  return limit > 0 ? matching.slice(0, limit) : matching;
}
