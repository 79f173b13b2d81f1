import { setTimeout as sleep } from 'node:timers/promises';
import { guildIdSchema } from '@bandstand/protocol';
import { type HealthServer, type Logger, startHealthServer } from '@bandstand/service-kit';
import type { GuildEvent } from '@bandstand/transport';
import {
  type Client,
  DiscordjsErrorCodes,
  Events,
  GatewayDispatchEvents,
  type GatewayMessageDeleteBulkDispatch,
  type GatewayMessageDeleteDispatch,
  type Guild,
} from 'discord.js';
import { allCommands } from './commands/catalogue.ts';
import type { Command } from './commands/command.ts';
import { describeCommand } from './commands/descriptor.ts';
import { queueClicks } from './commands/queue-clicks.ts';
import { registerCommands } from './commands/registration.ts';
import type { BotConfig } from './config.ts';
import { createDiscordClient } from './discord-client.ts';
import { InteractionDispatcher } from './interactions/dispatcher.ts';
import { messagesFor } from './locales/languages.ts';
import { Announcements } from './now-playing/announcements.ts';
import type { PanelTiming } from './now-playing/guild-panel.ts';
import { NowPlaying } from './now-playing/now-playing.ts';
import { panelClicks } from './now-playing/panel-clicks.ts';
import { PanelMessages } from './now-playing/panel-messages.ts';
import { BotMetrics } from './observability/bot-metrics.ts';
import type { GuildMirror } from './player-client/guild-mirror.ts';
import { PlayerLink } from './player-client/player-link.ts';
import { type BotDatabase, openDatabase } from './store/database.ts';
import { PanelStore } from './store/panel-store.ts';
import { RegistrationStore } from './store/registration-store.ts';
import { BOT_VERSION } from './version.ts';
import { StageSpeaker } from './voice-bridge/stage-speaker.ts';
import { VoiceBridge } from './voice-bridge/voice-bridge.ts';

const LOGIN_RETRY_MS = { first: 1_000, most: 60_000 } as const;

export interface BotOptions {
  readonly config: BotConfig;
  readonly log: Logger;
  /** Something ended that the bot cannot work without; the process should end too. */
  readonly onFatal: (error: unknown) => void;
  readonly panelTiming?: PanelTiming;
  /** Ends a start that is under way: it stops what it began, and rejects. */
  readonly signal?: AbortSignal;
}

/** Discord says that the token is not one. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
}

/** The bot-client as a whole: what `main.ts` starts and stops. */
export class Bot {
  readonly client: Client;
  readonly link: PlayerLink;
  readonly #options: BotOptions;
  readonly #metrics: BotMetrics;
  readonly #db: BotDatabase;
  readonly #commands: readonly Command[];
  readonly #dispatcher: InteractionDispatcher;
  readonly #bridge: VoiceBridge;
  readonly #stage: StageSpeaker;
  readonly #nowPlaying: NowPlaying;
  readonly #announcements: Announcements;
  readonly #stopping = new AbortController();
  #health: HealthServer | undefined;
  #stopped: Promise<void> | undefined;

  /**
   * Resolves once Discord has let the bot in and the commands are registered. The player may come later.
   *
   * @throws {@link TokenRefused}, {@link DatabaseRefused}, an Error when the channel's keys cannot be used, or the signal's
   *   reason.
   */
  static async start(options: BotOptions): Promise<Bot> {
    const { config, log } = options;
    const db = await openDatabase({
      url: config.databaseUrl,
      dataDir: config.dataDir,
      onSetAside: (setAside) =>
        log.error({ setAside }, 'the database was damaged: set aside, starting with an empty one'),
      onConnectionLost: (err) => log.warn({ err }, 'a connection to the database was lost'),
    });
    let bot: Bot | undefined;
    try {
      options.signal?.throwIfAborted();
      bot = new Bot(options, db);
      await bot.#start();
      return bot;
    } catch (error) {
      await (bot === undefined ? db.destroy() : bot.stop());
      throw error;
    }
  }

  private constructor(options: BotOptions, db: BotDatabase) {
    const { config, log } = options;
    this.#options = options;
    this.#db = db;
    this.client = createDiscordClient(config.discordApiUrl);
    this.#metrics = new BotMetrics(BOT_VERSION, {
      guilds: () => this.client.guilds.cache.size,
      isDiscordReady: () => this.client.isReady(),
      isPlayerUsable: () => this.link.isUsable,
      gatewayPingMs: () => this.client.ws.ping,
    });
    this.link = new PlayerLink({
      ...config,
      clientVersion: BOT_VERSION,
      log: log.child({ part: 'player' }),
      onSnapshot: (reason) => this.#metrics.snapshotTaken(reason),
    });
    const messages = new PanelMessages(this.client);
    const languageOf = (guildId: string) =>
      messagesFor(this.client.guilds.cache.get(guildId)?.preferredLocale);
    const store = new PanelStore(db, Date.now);
    const { link, client } = this;
    this.#bridge = new VoiceBridge({ client, link, log: log.child({ part: 'voice-bridge' }) });
    this.#stage = new StageSpeaker(client, log);
    this.#nowPlaying = new NowPlaying({
      link,
      messages,
      store,
      languageOf,
      timing: options.panelTiming,
      log: log.child({ part: 'now-playing' }),
    });
    this.#announcements = new Announcements({ messages, outcomes: link.outcomes, languageOf, log });
    this.#commands = allCommands({ botVersion: BOT_VERSION, stations: config.radioStations });
    this.#dispatcher = new InteractionDispatcher({
      commands: this.#commands,
      buttons: [panelClicks, queueClicks],
      link,
      ownerId: config.ownerId,
      log: log.child({ part: 'interactions' }),
      now: () => performance.now(),
      onDone: (name, startedAtMs, error) => this.#metrics.interactionDone(name, startedAtMs, error),
    });
    this.#listen();
    options.signal?.addEventListener('abort', () => this.#stopping.abort(options.signal?.reason), {
      once: true,
    });
  }

  /** Where the health checks listen. */
  get healthPort(): number | undefined {
    return this.#health?.port;
  }

  /**
   * Takes no more interactions, answers those under way, and lets go of everything but Discord.
   *
   * The gateway connection is left to break with the process: closing it properly would end the bot's Discord session
   * at once, and with it every voice session that the player still plays into.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #start(): Promise<void> {
    const { config, log } = this.#options;
    this.#health = await startHealthServer({
      port: config.healthPort,
      healthz: () => ({ ok: true, uptime_s: Math.round(performance.now() / 1_000) }),
      readyz: () => ({
        ok: this.client.isReady() && this.link.isUsable,
        discord: this.client.isReady() ? 'ready' : 'connecting',
        player: this.link.availability,
        guilds: this.client.guilds.cache.size,
      }),
      metrics: this.#metrics.registry,
    });
    const ready = new Promise<Client<true>>((resolve) => this.client.once(Events.ClientReady, resolve));
    await this.#login();
    const client = await unlessAborted(ready, this.#stopping.signal);
    log.info(
      { user: client.user.id, guilds: client.guilds.cache.size, version: BOT_VERSION },
      'connected to Discord',
    );

    await this.#nowPlaying.restore((guildId) => client.guilds.cache.has(guildId));
    for (const guildId of client.guilds.cache.keys()) this.link.follow(guildIdSchema.parse(guildId));
    await this.#register(client);
    log.info({ health: this.#health.port }, 'bot ready');
  }

  /** Without it the commands of the last registration go on working: no reason not to start. */
  async #register(client: Client<true>): Promise<void> {
    const { config, log } = this.#options;
    try {
      const scopes = await registerCommands(this.#commands.map(describeCommand), {
        rest: client.rest,
        applicationId: client.application.id,
        guildIds: config.commandGuildIds,
        store: new RegistrationStore(this.#db, Date.now),
      });
      if (scopes.length > 0) log.info({ scopes }, 'slash commands registered');
    } catch (error) {
      log.error({ err: error, guildIds: config.commandGuildIds }, 'slash commands could not be registered');
    }
  }

  /** An outage of Discord is waited for; a token it does not know is not. */
  async #login(): Promise<void> {
    const { config, log } = this.#options;
    for (let waitMs: number = LOGIN_RETRY_MS.first; ; waitMs = Math.min(waitMs * 2, LOGIN_RETRY_MS.most)) {
      try {
        await unlessAborted(this.client.login(config.token), this.#stopping.signal);
        return;
      } catch (error) {
        this.#stopping.signal.throwIfAborted();
        const { code } = error as { readonly code?: unknown };
        if (code === DiscordjsErrorCodes.TokenInvalid)
          throw new TokenRefused('Discord does not know this bot token', { cause: error });
        log.warn({ err: error, waitMs }, 'Discord cannot be reached; trying again');
        await sleep(waitMs, undefined, { signal: this.#stopping.signal });
      }
    }
  }

  #listen(): void {
    const { log, onFatal } = this.#options;
    const { client, link } = this;
    client.on(Events.InteractionCreate, (interaction) => void this.#dispatcher.handle(interaction));
    client.on(Events.GuildCreate, (guild) => void link.follow(guildIdSchema.parse(guild.id)));
    client.on(Events.GuildDelete, (guild) => this.#leftGuild(guild));
    client.on(Events.Error, (err) => log.error({ err }, 'discord.js reports an error'));
    client.on(Events.Warn, (warning) => log.warn({ warning }, 'discord.js warns'));
    client.on(Events.ShardError, (err, shard) => log.warn({ err, shard }, 'the gateway connection failed'));
    client.on(Events.ShardReconnecting, (shard) => log.info({ shard }, 'reconnecting to the gateway'));
    client.on(Events.ShardResume, (shard, replayed) =>
      log.info({ shard, replayed }, 'gateway session resumed'),
    );
    client.on(Events.ShardDisconnect, ({ code }, shard) =>
      onFatal(new Error(`Discord closed the gateway connection of shard ${shard} for good: ${code}`)),
    );
    client.on(Events.Invalidated, () => onFatal(new Error('Discord ended the gateway session for good')));
    client.ws.on(GatewayDispatchEvents.MessageCreate, ({ guild_id: guildId, channel_id: channelId, id }) => {
      if (guildId !== undefined) this.#nowPlaying.messageCreated(guildId, channelId, id);
    });
    client.ws.on(GatewayDispatchEvents.MessageDelete, (deleted: GatewayMessageDeleteDispatch['d']) =>
      this.#messagesDeleted(deleted.guild_id, [deleted.id]),
    );
    client.ws.on(GatewayDispatchEvents.MessageDeleteBulk, (deleted: GatewayMessageDeleteBulkDispatch['d']) =>
      this.#messagesDeleted(deleted.guild_id, deleted.ids),
    );
    link.on('event', this.#onEvent);
  }

  readonly #onEvent = (event: GuildEvent, mirror: GuildMirror): void =>
    this.#announcements.take(event, mirror);

  #messagesDeleted(guildId: string | undefined, ids: readonly string[]): void {
    if (guildId === undefined) return;
    void this.#nowPlaying
      .messagesDeleted(guildId, ids)
      .catch((err: unknown) => this.#options.log.error({ err, guildId }, 'the panel could not be forgotten'));
  }

  /** discord.js emits this only for guilds that are really left, not for outages. */
  #leftGuild(guild: Guild): void {
    const guildId = guildIdSchema.parse(guild.id);
    this.link.unfollow(guildId);
    void this.#nowPlaying
      .forget(guildId)
      .catch((err: unknown) => this.#options.log.error({ err, guildId }, 'the panel could not be forgotten'));
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    await this.#dispatcher.stop();
    this.#announcements.close();
    await this.#nowPlaying.close();
    this.#stage.close();
    this.#bridge.close();
    this.link.close();
    await this.#health?.close();
    await this.#db.destroy();
  }
}

/** The work goes on; only nobody waits for it any more. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  return Promise.race([work, aborted]);
}
