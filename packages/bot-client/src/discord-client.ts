import { Client, GatewayIntentBits, Options } from 'discord.js';

/** Nothing here may wait longer for one REST call. */
const REST_TIMEOUT_MS = 10_000;

/**
 * The discord.js client as this bot needs it: guilds and voice states cached, messages not. GUILD_MESSAGES (without
 * their content) tells when the panel scrolls away or is deleted.
 */
export function createDiscordClient(apiUrl: string): Client {
  return new Client({
    intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildVoiceStates, GatewayIntentBits.GuildMessages],
    allowedMentions: { parse: [], repliedUser: false },
    rest: { api: apiUrl, timeout: REST_TIMEOUT_MS },
    makeCache: Options.cacheWithLimits({
      ...Options.DefaultMakeCacheSettings,
      MessageManager: 0,
      ReactionManager: 0,
      PresenceManager: 0,
      GuildEmojiManager: 0,
      GuildStickerManager: 0,
      GuildInviteManager: 0,
      GuildScheduledEventManager: 0,
    }),
  });
}
