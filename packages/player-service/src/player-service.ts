import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import {
  DEFAULT_EVENT_PORT,
  type EntryId,
  type Epoch,
  type GuildId,
  gatewayRequestSchema,
  type RequestKey,
} from '@bandstand/protocol';
import { type Logger, startHealthServer } from '@bandstand/service-kit';
import { assertInTime, type ChannelProblem, CommandServer, EventPublisher } from '@bandstand/transport';
import { AudioEngine } from './audio/audio-engine.ts';
import { systemClock } from './clock.ts';
import type { PlayerConfig } from './config.ts';
import { GuildEvents } from './events/guild-events.ts';
import { openLoudness } from './loudness/open-loudness.ts';
import { LoopWatch } from './observability/loop-watch.ts';
import { observedSources } from './observability/observed-sources.ts';
import { PlayerMetrics } from './observability/player-metrics.ts';
import { GuildChanges } from './players/guild-changes.ts';
import { GuildPlayer, type GuildPlayerSettings } from './players/guild-player.ts';
import { PlayerRegistry } from './players/player-registry.ts';
import { PositionKeeper } from './players/position-keeper.ts';
import { restoreGuilds } from './players/restore-guilds.ts';
import { TrackOpener } from './players/track-opener.ts';
import { CommandRouter } from './router/command-router.ts';
import { openSources, type SourcesOptions } from './sources/open-sources.ts';
import { PlayerStore } from './store/player-store.ts';
import { ChildProcesses } from './subprocess/child-processes.ts';
import { PrivateFolder } from './subprocess/private-folder.ts';
import { VoiceSessions } from './voice/voice-sessions.ts';

export const SERVICE_VERSION = '0.1.0';

/** Guilds one node serves; their states stay in memory for as long as it runs. */
const MAX_GUILDS = 10_000;
const KEEP_REPLIES_MS = 24 * 3_600_000;
const ROUTER_LIMITS = { keys: 10_000, keyTtlMs: KEEP_REPLIES_MS };
/** Commands that may wait in one guild. */
const MAILBOX = 100;
const OPENING = { firstFrames: 3, attempts: 3, backoffMs: 250 };
const HISTORY = 50;
/** Until the bot has told what the voice channel allows. */
const USUAL_BITRATE_BPS = 64_000;

export interface PlayerService extends AsyncDisposable {
  /** Where the health checks listen. */
  readonly healthPort: number;
  /** Stops in order: no new commands, goodbye to Discord, no child left. */
  close(): Promise<void>;
}

/**
 * Puts the player together and opens its doors, the command door last: whoever gets an answer gets a working player.
 *
 * @throws when a port is taken, or yt-dlp or ffmpeg cannot be used; whatever was opened is closed again.
 */
export async function startPlayerService(config: PlayerConfig, log: Logger): Promise<PlayerService> {
  await using opened = new AsyncDisposableStack();
  const epoch = randomUUID() as Epoch;
  const clock = systemClock;
  const metrics = new PlayerMetrics(SERVICE_VERSION);
  const loop = opened.adopt(new LoopWatch(), (watch) => watch.close());
  const folder = opened.use(await PrivateFolder.make('bandstand-player-'));

  const store = opened.use(await openStore(config, log));
  const changes = new GuildChanges({ store, clock, log, mailbox: MAILBOX });
  const children = opened.use(
    await ChildProcesses.open({ searchPath: config.searchPath, parentFolder: folder.path }),
  );
  const web = opened.use(await openSources({ children, ...sourceSettings(config, log) }));
  const { registry, proxyUrl, ytDlpVersion } = web;
  const sources = observedSources(registry, metrics);
  const versions = { version: SERVICE_VERSION, yt_dlp: ytDlpVersion };
  const engine = opened.use(
    await AudioEngine.start({
      workers: config.AUDIO_WORKERS,
      ffmpegPath: config.FFMPEG_PATH,
      searchPath: config.searchPath,
      temporaryFolder: folder.path,
      proxyUrl,
      encoder: {
        bitrateBps: Math.min(config.OPUS_BITRATE_KBPS * 1_000, USUAL_BITRATE_BPS),
        complexity: config.OPUS_COMPLEXITY,
      },
      levelTargetLufs: config.LOUDNESS_TARGET_LUFS,
      limits: { maxTrackMs: config.TRACK_LIMIT_MINUTES * 60_000 },
      log,
    }),
  );

  const { library: loudness } = opened.use(
    openLoudness({
      store: store.loudness,
      sources,
      jobs: config.LOUDNESS_JOBS,
      maxTrackMs: config.TRACK_LIMIT_MINUTES * 60_000,
      ffmpegPath: config.FFMPEG_PATH,
      searchPath: config.searchPath,
      temporaryFolder: folder.path,
      proxyUrl,
      clock,
      log,
    }),
  );

  const publisher: EventPublisher = opened.use(
    await EventPublisher.listen({
      endpoint: config.eventEndpoint,
      security: config.security,
      epoch,
      heartbeat: () => ({
        node_id: config.NODE_ID,
        players: players.size,
        playing: players.playing,
        loop_delay_ms: loop.takeP99Ms(),
      }),
    }),
  );
  const sink = metrics.counting(publisher);
  const voice = opened.adopt(
    new VoiceSessions({
      isHeard: (guildId) => publisher.isHeard(guildId as GuildId),
      logOf: (guildId) => log.child({ guildId }),
      send: (payload) => {
        const request = gatewayRequestSchema.parse({ id: randomUUID(), payload });
        players.get(request.payload.d.guild_id)?.voice.sendToGateway(request);
      },
    }),
    (sessions) => sessions.destroy(),
  );
  const players: PlayerRegistry = opened.adopt(
    new PlayerRegistry({
      limit: MAX_GUILDS,
      create: (guildId) => {
        const player: GuildPlayer = new GuildPlayer({
          guildId,
          link: voice.open(guildId),
          events: new GuildEvents(guildId, epoch, sink, clock),
          sources,
          opener: new TrackOpener({ sources, engine, clock, share: guildId, ...OPENING }),
          loudness,
          clock,
          settings: playerSettings(config),
          log: log.child({ guildId }),
          newEntryId: () => randomUUID() as EntryId,
          turns: {
            happened: (apply) => changes.happened(player, apply),
            observed: (tell) => changes.observed(player, tell),
          },
        });
        return player;
      },
    }),
    (registry) => registry.destroyAll(),
  );
  await restoreGuilds({ store, players, clock, log, resumeMaxAgeMs: config.RESUME_MAX_AGE_MINUTES * 60_000 });
  opened.use(new PositionKeeper({ players, changes, store, clock, log, keepRepliesMs: KEEP_REPLIES_MS }));
  const router = new CommandRouter({
    players,
    changes,
    search: { sources },
    epoch,
    clock,
    newKey: () => `player:${randomUUID()}` as RequestKey,
    limits: ROUTER_LIMITS,
  });
  const server = opened.use(
    await CommandServer.listen({
      endpoint: config.commandEndpoint,
      security: config.security,
      epoch,
      hello: () => ({
        capabilities: [],
        node_id: config.NODE_ID,
        service_version: SERVICE_VERSION,
        event_port: Number(/:(\d+)$/.exec(publisher.endpoint)?.[1] ?? DEFAULT_EVENT_PORT),
        players: players.size,
      }),
      handler: (command, { receivedAtMs, signal }) =>
        metrics.command(command.action, () =>
          router.route(command, { signal, throwIfExpired: () => assertInTime(command, receivedAtMs) }),
        ),
    }),
  );
  const onProblem = ({ kind, message, cause }: ChannelProblem) => log.warn({ kind, err: cause }, message);
  publisher.on('problem', onProblem);
  publisher.on('joined', (guildId) => log.debug({ guildId }, 'somebody follows the guild'));
  server.on('problem', onProblem);

  metrics.observe({ players, voice, sources: registry, store, engine });
  const health = opened.use(
    await startHealthServer({
      port: config.PLAYER_HEALTH_PORT,
      healthz: () => ({ ok: true, node_id: config.NODE_ID, epoch }),
      readyz: () => ({
        ok: true,
        store: store.available,
        players: players.size,
        playing: players.playing,
        sites_in_trouble: registry.health().filter(({ state }) => state !== 'closed'),
        extraction: web.extraction,
        ...versions,
      }),
      metrics: metrics.registry,
    }),
  );
  log.info(
    { epoch, commands: server.endpoint, events: publisher.endpoint, health: health.port, ...versions },
    'player ready',
  );
  const stack = opened.move();
  const close = () => stack.disposeAsync();
  return { healthPort: health.port, close, [Symbol.asyncDispose]: close };
}

function openStore(config: PlayerConfig, log: Logger): Promise<PlayerStore> {
  return PlayerStore.open({
    url: config.DATABASE_URL,
    dataDir: config.DATA_DIR,
    onSetAside: (file) =>
      log.error({ file }, 'the database was damaged; it was set aside, and an empty one took its place'),
    onAvailable: (available, cause) => {
      if (available) log.warn('the database takes changes again');
      else log.error({ err: cause }, 'the database takes no changes; the music goes on');
    },
  });
}

function sourceSettings(config: PlayerConfig, log: Logger): Omit<SourcesOptions, 'children'> {
  return {
    ytDlp: config.YT_DLP_PATH,
    ffprobe: config.FFPROBE_PATH,
    musicRoot: config.MUSIC_ROOT,
    concurrency: config.YT_DLP_CONCURRENCY,
    extractionDeadlineMs: config.YT_DLP_TIMEOUT_SECONDS * 1_000,
    extraction: { forks: config.YT_DLP_FORK === '1' },
    cacheFolder: config.YT_DLP_CACHE_DIR ?? join(config.DATA_DIR, 'yt-dlp-cache'),
    playlistLimit: config.PLAYLIST_LIMIT,
    maxTrackMs: config.TRACK_LIMIT_MINUTES * 60_000,
    liveAllowed: config.LIVE_ALLOWED === '1',
    jsRuntime: config.YT_DLP_JS_RUNTIME,
    isProduction: config.NODE_ENV === 'production',
    ports: config.EGRESS_PORTS,
    forTests: {
      egressAllow: config.EGRESS_ALLOW,
      pluginFolders: config.YT_DLP_PLUGIN_DIRS,
      sites: config.YT_DLP_SITES,
      searchKey: config.YT_DLP_SEARCH_KEY,
    },
    onEgressRefused: (error) => log.info({ err: error }, 'an outgoing connection was refused'),
    onCacheUnusable: (error) => log.warn({ err: error }, 'yt-dlp keeps no scripts: its cache cannot be used'),
    onInspectionFailed: (error) =>
      log.error({ err: error }, 'media are not looked into: length and title of some are not known'),
    onExtractionStatus: (extraction) => {
      if (extraction.way === 'fork') log.info({ extraction }, 'yt-dlp is loaded and is forked');
      else log.warn({ extraction }, 'yt-dlp is started anew for every question');
    },
  };
}

function playerSettings(config: PlayerConfig): GuildPlayerSettings {
  return {
    queue: { entries: config.QUEUE_LIMIT, entriesPerUser: config.QUEUE_LIMIT_PER_USER, history: HISTORY },
    playlistEntries: config.PLAYLIST_LIMIT,
    pendingRequests: 8,
    idleLeaveMs: config.IDLE_LEAVE_SECONDS,
    aloneLeaveMs: config.ALONE_LEAVE_SECONDS,
    prefetchMs: 20_000,
    targetLufs: config.LOUDNESS_TARGET_LUFS,
    failuresInARow: 5,
    maxBitrateBps: config.OPUS_BITRATE_KBPS * 1_000,
  };
}
