import { once } from 'node:events';
import { Client, type ClientOptions, Events, GatewayIntentBits } from 'discord.js';
import type { BotHandle, DiscordSimulator } from '../src/index.ts';

export interface LoggedIn extends AsyncDisposable {
  readonly client: Client<true>;
}

/** An unmodified discord.js client, logged in and ready; it says goodbye when disposed. */
export async function logIn(
  discord: DiscordSimulator,
  { bot = discord.bot, ...options }: Partial<ClientOptions> & { readonly bot?: BotHandle } = {},
): Promise<LoggedIn> {
  const client = new Client({
    intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildVoiceStates, GatewayIntentBits.GuildMessages],
    ...options,
    rest: { api: discord.restUrl, ...options.rest },
  });
  const ready = once(client, Events.ClientReady);
  await client.login(bot.token);
  await ready;
  if (!client.isReady()) throw new Error('bug: ready, yet not ready');
  return { client, [Symbol.asyncDispose]: () => client.destroy() };
}
