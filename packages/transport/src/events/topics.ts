import type { GuildId } from '@bandstand/protocol';

export const HEARTBEAT_TOPIC = 'h';
const GUILD_PREFIX = 'g.';

/** ZeroMQ matches topics by prefix, so whoever reads one must still compare it as a whole. */
export function guildTopic(guildId: GuildId): string {
  return GUILD_PREFIX + guildId;
}

/** @returns `undefined` when the topic is not that of a guild. */
export function guildOfTopic(topic: string): GuildId | undefined {
  const id = topic.startsWith(GUILD_PREFIX) ? topic.slice(GUILD_PREFIX.length) : '';
  return /^\d{1,20}$/.test(id) ? (id as GuildId) : undefined;
}
