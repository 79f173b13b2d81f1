import { availableParallelism, hostname } from 'node:os';
import { execPath } from 'node:process';
import { DEFAULT_COMMAND_PORT, DEFAULT_EVENT_PORT } from '@bandstand/protocol';
import { attempt, ConfigError, problemLines, readVariables } from '@bandstand/service-kit';
import { assertEndpointAllowed, type BindSecurity, readTransportSecurity } from '@bandstand/transport';
import { z } from 'zod';

const text = z.string().min(1);
const count = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
const endpoint = z.string().regex(/^(?:tcp|ipc):\/\/.+/, 'use tcp://host:port or ipc://path');
const list = z.string().transform((value) =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean),
);
/** A number of seconds, or `never`. */
const seconds = z
  .union([z.literal('never'), z.coerce.number().min(1).max(86_400)])
  .transform((value) => (value === 'never' ? null : value * 1_000));

/** The environment, variable by variable; `env.example` is tested against its keys. */
export const playerEnvironmentSchema = z.object({
  LOG_LEVEL: z
    .string()
    .toLowerCase()
    .pipe(z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']))
    .default('info'),
  /** Names this player in logs and to the bot. */
  NODE_ID: z.string().min(1).max(128).default(hostname()),

  /** Address the command and event ports listen on, unless the endpoints are given in full. */
  BIND_HOST: z
    .string()
    .regex(/^[\w.:*-]+$/, 'a host name, an address or *')
    .default('127.0.0.1'),
  COMMAND_PORT: count(1, 65_535).default(DEFAULT_COMMAND_PORT),
  EVENT_PORT: count(1, 65_535).default(DEFAULT_EVENT_PORT),
  PLAYER_COMMAND_ENDPOINT: endpoint.optional(),
  PLAYER_EVENT_ENDPOINT: endpoint.optional(),
  /** 1 = listen beyond this machine without encryption. */
  INSECURE_TRANSPORT: text.optional(),
  /** The player's own pair and the bots it lets in, written by `npm run keys`: all three, or none. */
  CURVE_SECRET_KEY_FILE: text.optional(),
  CURVE_PUBLIC_KEY_FILE: text.optional(),
  CURVE_ALLOWED_CLIENT_KEYS_FILE: text.optional(),
  /** Health checks on loopback; 0 lets the system choose. */
  PLAYER_HEALTH_PORT: count(0, 65_535).default(8_082),

  /** A PostgreSQL database in place of a file of its own. */
  DATABASE_URL: z
    .url({ protocol: /^postgres(?:ql)?$/, error: 'use postgres://user:password@host:port/database' })
    .optional(),
  /** Where the player keeps its database file; one folder for each player. */
  DATA_DIR: text.default('./data/player'),
  /** Music that was interrupted longer ago than this waits for somebody to resume it. */
  RESUME_MAX_AGE_MINUTES: count(0, 7 * 24 * 60).default(60),

  /** A name looked up in PATH, or an absolute path. */
  YT_DLP_PATH: text.default('yt-dlp'),
  /** What runs the scripts of sites that need one, as `yt-dlp --js-runtimes` takes it; the player's own Node unless told. */
  YT_DLP_JS_RUNTIME: text.default(`node:${execPath}`),
  FFMPEG_PATH: text.default('ffmpeg'),
  FFPROBE_PATH: text.default('ffprobe'),
  /** Folder whose audio files may be played; without one there are no local files. */
  MUSIC_ROOT: text.optional(),

  /** Seconds with nothing to play before the player leaves the channel, or `never`. */
  IDLE_LEAVE_SECONDS: seconds.default(300_000),
  /** Seconds with nobody else in the channel before the player leaves it, or `never`. */
  ALONE_LEAVE_SECONDS: seconds.default(60_000),

  QUEUE_LIMIT: count(1, 50_000).default(5_000),
  QUEUE_LIMIT_PER_USER: count(1, 50_000).default(500),
  PLAYLIST_LIMIT: count(1, 5_000).default(500),
  TRACK_LIMIT_MINUTES: count(1, 7 * 24 * 60).default(12 * 60),
  /** 1 = live streams may be played. */
  LIVE_ALLOWED: z.enum(['0', '1']).default('1'),
  /** yt-dlp processes at a time, and how long one may take. */
  YT_DLP_CONCURRENCY: count(1, 64).default(4),
  YT_DLP_TIMEOUT_SECONDS: count(1, 300).default(30),
  /** 1 = yt-dlp stays loaded and is forked, where that can be done; 0 = it is started anew for every question. */
  YT_DLP_FORK: z.enum(['0', '1']).default('1'),
  /** Where it keeps the scripts of sites' players; `yt-dlp-cache` in `DATA_DIR` unless told. */
  YT_DLP_CACHE_DIR: text.optional(),
  /** Threads that decode and encode. */
  AUDIO_WORKERS: count(1, 64).default(availableParallelism()),
  /** Tracks whose loudness is measured at a time, in the background; 0 measures none. */
  LOUDNESS_JOBS: count(0, 16).default(1),
  /** Where tracks are brought to in guilds that want them equally loud. */
  LOUDNESS_TARGET_LUFS: z.coerce.number().min(-30).max(-8).default(-16),
  /** The most; a voice channel that allows less is obeyed. */
  OPUS_BITRATE_KBPS: count(16, 510).default(384),
  OPUS_COMPLEXITY: count(0, 10).default(10),

  /** Ports that media may be fetched from, separated by commas; radio stations often use others. */
  EGRESS_PORTS: list
    .transform((items) => items.map(Number))
    .pipe(z.array(z.number().int().min(1).max(65_535)))
    .default([80, 443]),

  /** For tests and the demo, refused when NODE_ENV=production: private host:port pairs that may be fetched all the same, … */
  EGRESS_ALLOW: list.default([]),
  /** … folders with yt-dlp plugins, … */
  YT_DLP_PLUGIN_DIRS: list.default([]),
  /** … sites that replace the usual list, each `extractors@host+host`, … */
  YT_DLP_SITES: list.default([]),
  /** … and the prefix of their search. */
  YT_DLP_SEARCH_KEY: z
    .string()
    .regex(/^[a-z]+$/)
    .optional(),
  NODE_ENV: text.optional(),
});

const FOR_TESTS = ['EGRESS_ALLOW', 'YT_DLP_PLUGIN_DIRS', 'YT_DLP_SITES', 'YT_DLP_SEARCH_KEY'] as const;

type Environment = z.output<typeof playerEnvironmentSchema>;

export interface PlayerConfig
  extends Readonly<Omit<Environment, 'BIND_HOST' | 'COMMAND_PORT' | 'EVENT_PORT'>> {
  readonly commandEndpoint: string;
  readonly eventEndpoint: string;
  readonly security: BindSecurity;
  /** `PATH`: where programs given by a bare name are looked up. */
  readonly searchPath: string;
}

/**
 * Reads the configuration once, at startup.
 *
 * @throws {@link ConfigError} naming every problem at once, so that one restart fixes them all.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): PlayerConfig {
  const problems: string[] = [];
  const given = readVariables(env, { inFiles: ['DATABASE_URL'] }, problems);
  const parsed = playerEnvironmentSchema.safeParse(given);
  if (!parsed.success) problems.push(...problemLines(parsed.error.issues));
  if (given['NODE_ENV'] === 'production') {
    for (const name of FOR_TESTS) {
      if (given[name] !== undefined)
        problems.push(`${name}: for tests only, refused when NODE_ENV=production`);
    }
  }
  const security = attempt(() => readTransportSecurity(given, 'player'), problems);
  if (!parsed.success || security === undefined) throw new ConfigError(problems);

  const searchPath = given['PATH'] ?? '/usr/local/bin:/usr/bin:/bin';
  const { BIND_HOST, COMMAND_PORT, EVENT_PORT, ...values } = parsed.data;
  const host = BIND_HOST.includes(':') ? `[${BIND_HOST}]` : BIND_HOST;
  const commandEndpoint = values.PLAYER_COMMAND_ENDPOINT ?? `tcp://${host}:${COMMAND_PORT}`;
  const eventEndpoint = values.PLAYER_EVENT_ENDPOINT ?? `tcp://${host}:${EVENT_PORT}`;
  for (const address of [commandEndpoint, eventEndpoint]) {
    attempt(() => assertEndpointAllowed(address, security), problems);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze({ ...values, commandEndpoint, eventEndpoint, security, searchPath });
}
