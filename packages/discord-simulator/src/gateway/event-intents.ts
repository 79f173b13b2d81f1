import { GatewayDispatchEvents as Event, GatewayIntentBits as Intent } from 'discord-api-types/v10';

/** Intents that let an event through, any one of them (Discord, "List of Intents"). Unlisted events need none. */
const NEEDED: Readonly<Partial<Record<Event, number>>> = {
  [Event.GuildCreate]: Intent.Guilds,
  [Event.GuildUpdate]: Intent.Guilds,
  [Event.GuildDelete]: Intent.Guilds,
  [Event.GuildRoleCreate]: Intent.Guilds,
  [Event.GuildRoleUpdate]: Intent.Guilds,
  [Event.GuildRoleDelete]: Intent.Guilds,
  [Event.ChannelCreate]: Intent.Guilds,
  [Event.ChannelUpdate]: Intent.Guilds,
  [Event.ChannelDelete]: Intent.Guilds,
  [Event.VoiceChannelStatusUpdate]: Intent.Guilds,
  [Event.GuildMemberAdd]: Intent.GuildMembers,
  [Event.GuildMemberUpdate]: Intent.GuildMembers,
  [Event.GuildMemberRemove]: Intent.GuildMembers,
  [Event.PresenceUpdate]: Intent.GuildPresences,
  [Event.VoiceStateUpdate]: Intent.GuildVoiceStates,
  [Event.MessageCreate]: Intent.GuildMessages,
  [Event.MessageUpdate]: Intent.GuildMessages,
  [Event.MessageDelete]: Intent.GuildMessages,
  [Event.MessageDeleteBulk]: Intent.GuildMessages,
  [Event.TypingStart]: Intent.GuildMessageTyping,
};

export const PRIVILEGED_INTENTS = Intent.GuildMembers | Intent.GuildPresences | Intent.MessageContent;

export const ALL_INTENTS = Object.values(Intent).reduce<number>(
  (all, bit) => (typeof bit === 'number' ? all | bit : all),
  0,
);

export function letsThrough(intents: number, event: Event): boolean {
  const needed = NEEDED[event];
  return needed === undefined || (intents & needed) !== 0;
}
