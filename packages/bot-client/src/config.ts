import { DEFAULT_COMMAND_PORT, DEFAULT_EVENT_PORT } from '@bandstand/protocol';
import { attempt, ConfigError, problemLines, readVariables } from '@bandstand/service-kit';
import { type ConnectSecurity, readTransportSecurity } from '@bandstand/transport';
import { z } from 'zod';
import { type RadioStation, readRadioStations } from './radio-stations.ts';

/** What example files put where a secret belongs; such a value counts as unset. */
const PLACEHOLDER = /^(?:your[_-].*|.*[_-]here|change[_-]?me|<.*>|x{3,}|\.{3}|todo|none|null)$/i;

/** These may be given as a file instead (`BOT_TOKEN_FILE=/run/secrets/bot_token`). */
const FILE_VARIANTS = ['BOT_TOKEN', 'DISCORD_TOKEN', 'DATABASE_URL'] as const;

const port = z.coerce.number().int().min(1).max(65_535);
const endpoint = z
  .string()
  .regex(
    /^(?:tcp:\/\/[^\s:/]+:\d{1,5}|tcp:\/\/\[[^\]\s]+\]:\d{1,5}|ipc:\/\/.+)$/,
    'use tcp://host:port or ipc://path',
  );
const snowflake = z.string().regex(/^\d{15,20}$/, 'not a Discord id');
const text = z.string().min(1);

/** The environment, variable by variable; `env.example` is tested against its keys. */
export const botEnvironmentSchema = z.object({
  BOT_TOKEN: text.optional(),
  /** Another name for BOT_TOKEN. */
  DISCORD_TOKEN: text.optional(),
  /** Discord id of whoever runs the bot: failures are answered to them with the error code. */
  OWNER_ID: snowflake.optional(),
  LOG_LEVEL: z
    .string()
    .toLowerCase()
    .pipe(z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']))
    .default('info'),

  /** Host of the player, unless the endpoints are given in full. */
  PLAYER_SERVICE_HOST: z
    .string()
    .regex(/^[\w.:-]+$/, 'a host name or an address')
    .default('127.0.0.1'),
  COMMAND_PORT: port.default(DEFAULT_COMMAND_PORT),
  EVENT_PORT: port.default(DEFAULT_EVENT_PORT),
  PLAYER_COMMAND_ENDPOINT: endpoint.optional(),
  PLAYER_EVENT_ENDPOINT: endpoint.optional(),
  /** 1 = speak to a player beyond this machine without encryption. */
  INSECURE_TRANSPORT: text.optional(),
  /** The bot's own pair and the player's public key, written by `npm run keys`: all three, or none. */
  CURVE_SECRET_KEY_FILE: text.optional(),
  CURVE_PUBLIC_KEY_FILE: text.optional(),
  CURVE_SERVER_PUBLIC_KEY_FILE: text.optional(),

  /** A PostgreSQL database in place of a file of its own. */
  DATABASE_URL: z
    .url({ protocol: /^postgres(?:ql)?$/, error: 'use postgres://user:password@host:port/database' })
    .optional(),
  /** Where the bot keeps its database file. */
  DATA_DIR: text.default('./data/bot'),
  /** Stations that `/radio` knows by name; see `readRadioStations`. */
  RADIO_STATIONS: text.optional(),
  /** Health checks on loopback; 0 lets the system choose. */
  BOT_HEALTH_PORT: z.coerce.number().int().min(0).max(65_535).default(8_081),
  /** Discord's API, or the simulator's. */
  DISCORD_API_URL: z.url({ protocol: /^https?$/ }).default('https://discord.com/api'),
  /** Guild ids, separated by commas, where commands are registered at once instead of globally. */
  COMMAND_GUILD_IDS: z
    .string()
    .transform((list) =>
      list
        .split(',')
        .map((id) => id.trim())
        .filter(Boolean),
    )
    .pipe(z.array(snowflake))
    .default([]),
});

export interface BotConfig {
  readonly token: string;
  readonly ownerId: string | null;
  readonly logLevel: z.infer<typeof botEnvironmentSchema>['LOG_LEVEL'];
  readonly commandEndpoint: string;
  readonly eventEndpoint: string;
  readonly security: ConnectSecurity;
  /** `null` = a file in `dataDir`. */
  readonly databaseUrl: string | null;
  readonly dataDir: string;
  readonly healthPort: number;
  readonly discordApiUrl: string;
  readonly commandGuildIds: readonly string[];
  readonly radioStations: readonly RadioStation[];
}

/**
 * Reads the configuration once, at startup.
 *
 * @throws {@link ConfigError} naming every problem at once, so that one restart fixes them all.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): BotConfig {
  const problems: string[] = [];
  const given = readVariables(env, { inFiles: FILE_VARIANTS, placeholder: PLACEHOLDER }, problems);
  const parsed = botEnvironmentSchema.safeParse(given);
  if (!parsed.success) problems.push(...problemLines(parsed.error.issues));

  const token = given['BOT_TOKEN'] ?? given['DISCORD_TOKEN'];
  if (token === undefined) problems.push('BOT_TOKEN: missing (or DISCORD_TOKEN, or BOT_TOKEN_FILE)');
  else if (/\s/.test(token)) problems.push('BOT_TOKEN: contains white space');
  const security: ConnectSecurity | undefined = attempt(() => readTransportSecurity(given, 'bot'), problems);
  const stationsFile = given['RADIO_STATIONS'];
  const radioStations =
    stationsFile === undefined ? [] : attempt(() => readRadioStations(stationsFile), problems);
  if (
    !parsed.success ||
    radioStations === undefined ||
    token === undefined ||
    security === undefined ||
    problems.length > 0
  )
    throw new ConfigError(problems);

  const values = parsed.data;
  const host = values.PLAYER_SERVICE_HOST.includes(':')
    ? `[${values.PLAYER_SERVICE_HOST}]`
    : values.PLAYER_SERVICE_HOST;
  return Object.freeze({
    token,
    ownerId: values.OWNER_ID ?? null,
    logLevel: values.LOG_LEVEL,
    commandEndpoint: values.PLAYER_COMMAND_ENDPOINT ?? `tcp://${host}:${values.COMMAND_PORT}`,
    eventEndpoint: values.PLAYER_EVENT_ENDPOINT ?? `tcp://${host}:${values.EVENT_PORT}`,
    security,
    databaseUrl: values.DATABASE_URL ?? null,
    dataDir: values.DATA_DIR,
    healthPort: values.BOT_HEALTH_PORT,
    discordApiUrl: values.DISCORD_API_URL.replace(/\/+$/, ''),
    commandGuildIds: Object.freeze(values.COMMAND_GUILD_IDS),
    radioStations,
  });
}
