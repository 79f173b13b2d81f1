import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ActorContext } from './actors/actor-context.ts';
import { BotHandle } from './actors/bot-handle.ts';
import { GuildHandle } from './actors/guild-handle.ts';
import { Moderator } from './actors/moderator.ts';
import { UserHandle } from './actors/user-handle.ts';
import { CallLog } from './call-log.ts';
import { OwnedClock, systemClock } from './clock.ts';
import { GatewayFaults, RestFaults, VoiceAnswerFaults } from './faults.ts';
import { GatewayServer } from './gateway/gateway-server.ts';
import { discordRoutes } from './rest/discord-routes.ts';
import { RestServer } from './rest/rest-server.ts';
import { routeName } from './rest/route.ts';
import {
  DEFAULT_GUILDS,
  DEFAULT_SEED,
  type GuildSpec,
  HEARTBEAT_INTERVAL_MS,
  RESUME_WINDOW_MS,
  type SimulatorOptions,
} from './simulator-options.ts';
import { VoiceServer } from './voice/voice-server.ts';
import { CommandRegistry } from './world/command-registry.ts';
import { InteractionLedger } from './world/interaction-ledger.ts';
import { MessageBoard } from './world/message-board.ts';
import { MUSIC_BOT_PERMISSIONS } from './world/permissions.ts';
import type { ApplicationRecord, GuildRecord } from './world/records.ts';
import { Snowflakes } from './world/snowflakes.ts';
import { VoicePresence } from './world/voice-presence.ts';
import { World } from './world/world.ts';

/**
 * Starts a whole Discord on this machine: REST v10, gateway v10, voice gateway v8 with UDP, and people in it.
 *
 * Point an unmodified client at {@link DiscordSimulator.restUrl}; it finds everything else from there. A process
 * that opens voice connections must trust {@link DiscordSimulator.caPem}: `NODE_EXTRA_CA_CERTS`, or
 * `tls.setDefaultCACertificates` at run time.
 */
export async function startDiscordSimulator(options: SimulatorOptions = {}): Promise<DiscordSimulator> {
  const voice = await VoiceServer.start({
    seed: numericSeed(options.seed ?? DEFAULT_SEED),
    ...options.voice,
  });
  const http = createServer();
  try {
    http.listen(options.port ?? 0, options.host ?? '127.0.0.1');
    await once(http, 'listening');
    if (options.caPath !== undefined) await writeFile(options.caPath, voice.caPem);
  } catch (error) {
    http.close();
    await voice.close();
    throw error;
  }
  return new DiscordSimulator(options, http, voice);
}

/** The simulated Discord: the addresses for clients, the people, the faults, the call log. */
export class DiscordSimulator implements AsyncDisposable {
  /** The bot that stands from the start. */
  readonly bot: BotHandle;
  readonly moderator: Moderator;
  readonly log: CallLog;
  readonly faults: {
    readonly rest: RestFaults;
    readonly gateway: GatewayFaults;
    /** The two events that answer a join; faults of the voice servers themselves are in `voice.faults`. */
    readonly voiceAnswer: VoiceAnswerFaults;
  };
  /** The voice servers. */
  readonly voice: VoiceServer;
  readonly #http: Server;
  readonly #clock: OwnedClock;
  readonly #world: World;
  readonly #gateway: GatewayServer;
  readonly #actors: ActorContext;
  readonly #users = new Map<string, UserHandle>();
  readonly #privilegedIntents: boolean;

  constructor(options: SimulatorOptions, http: Server, voice: VoiceServer) {
    this.#http = http;
    this.voice = voice;
    this.#privilegedIntents = options.privilegedIntents ?? false;
    this.#clock = new OwnedClock(options.clock ?? systemClock);
    this.#world = new World(this.#clock, new Snowflakes(options.seed ?? DEFAULT_SEED, this.#clock));
    this.log = new CallLog({
      list: () => voiceTrouble(voice, this.#clock),
      forget: () => voice.forgetUnexpected(),
    });

    const voiceAnswer = new VoiceAnswerFaults();
    const presence = new VoicePresence(this.#world, voice, voiceAnswer, options.dave ?? true);
    this.#actors = {
      world: this.#world,
      board: new MessageBoard(this.#world, (path) => `${this.#origin}${path}`),
      commands: new CommandRegistry(this.#world),
      interactions: new InteractionLedger(this.#world, ({ origin }) =>
        this.log.addUnexpected({
          kind: 'unacknowledgedInteraction',
          atMs: this.#clock.now(),
          message: origin.title,
        }),
      ),
      voice: presence,
      voiceBackend: voice,
    };
    const gatewayFaults = new GatewayFaults();
    this.#gateway = new GatewayServer({
      world: this.#world,
      voice: presence,
      log: this.log,
      faults: gatewayFaults,
      heartbeatIntervalMs: options.heartbeatIntervalMs ?? HEARTBEAT_INTERVAL_MS,
      resumeWindowMs: options.resumeWindowMs ?? RESUME_WINDOW_MS,
      url: () => this.gatewayUrl,
    });
    const routes = discordRoutes({
      ...this.#actors,
      gatewayUrl: () => this.gatewayUrl,
      sessionStarts: (bot) => this.#gateway.sessionStarts(bot),
    });
    const restFaults = new RestFaults(new Set(routes.map(routeName)));
    this.faults = { rest: restFaults, gateway: gatewayFaults, voiceAnswer };
    const rest = new RestServer({
      routes,
      faults: restFaults,
      log: this.log,
      clock: this.#clock,
      botOf: (token) => [...this.#world.applications.values()].find((bot) => bot.token === token),
    });
    http.on('request', (request, response) => rest.handle(request, response));
    http.on('upgrade', (request, socket, head) => this.#gateway.handleUpgrade(request, socket, head));

    this.moderator = new Moderator(this.#actors);
    for (const spec of options.guilds ?? DEFAULT_GUILDS) this.#build(spec);
    this.bot = this.addBot(options.botName ?? 'Music Bot', options.botToken);
  }

  /** Base address for a client's `rest.api`; the client appends `/v10`. */
  get restUrl(): string {
    return `${this.#origin}/api`;
  }

  get gatewayUrl(): string {
    return this.#origin.replace(/^http/, 'ws');
  }

  get botToken(): string {
    return this.bot.token;
  }

  /** The certificate authority of the voice servers, PEM. */
  get caPem(): string {
    return this.voice.caPem;
  }

  /** The first guild without a name. */
  guild(name?: string): GuildHandle {
    const guilds = [...this.#world.guilds.values()];
    const found = name === undefined ? guilds[0] : guilds.find((guild) => guild.name === name);
    if (found !== undefined) return new GuildHandle(this.#actors, found);
    throw new Error(`no guild ${name ?? ''}; there are: ${guilds.map((guild) => guild.name).join(', ')}`);
  }

  /** The person of this name, a member of every guild; new names make new people. */
  user(name: string): UserHandle {
    const known = this.#users.get(name);
    if (known !== undefined) return known;
    const { id } = this.#world.addUser(name);
    for (const guild of this.#world.guilds.values()) this.#world.addMember(guild, id);
    const handle = new UserHandle(this.#actors, id, name);
    this.#users.set(name, handle);
    return handle;
  }

  /** A new guild with everybody in it; bots hear GUILD_CREATE. */
  addGuild(spec: GuildSpec): GuildHandle {
    const guild = this.#build(spec);
    for (const { id } of this.#users.values()) this.#world.addMember(guild, id);
    for (const bot of this.#world.applications.values()) this.#install(bot, guild);
    return new GuildHandle(this.#actors, guild);
  }

  /** One more bot, a member of every guild. */
  addBot(name: string, token?: string): BotHandle {
    const user = this.#world.addUser(name, true);
    const record: ApplicationRecord = {
      id: user.id,
      user,
      token: token ?? this.#makeToken(user.id),
      verifyKey: this.#world.ids.secret('verify key'),
      privilegedIntents: this.#privilegedIntents,
      presence: null,
      commands: new Map(),
    };
    this.#world.applications.set(record.id, record);
    for (const guild of this.#world.guilds.values()) this.#install(record, guild);
    return new BotHandle(record, this.#world, this.#gateway, this.log);
  }

  /** @throws Error listing unknown routes, invalid payloads, unauthorised calls, unanswered interactions, voice trouble. */
  assertNothingUnexpected(): void {
    this.log.assertNothingUnexpected();
  }

  async close(): Promise<void> {
    this.#clock.close();
    await this.#gateway.close();
    await this.voice.close();
    this.#http.closeAllConnections();
    await new Promise<void>((resolve) => this.#http.close(() => resolve()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  get #origin(): string {
    const { address, family, port } = this.#http.address() as AddressInfo;
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  #build({ name, textChannels = [], voiceChannels = [], stageChannels = [] }: GuildSpec): GuildRecord {
    const owner = this.#world.addUser(`Owner of ${name}`);
    const record = this.#world.addGuild(name, owner.id);
    const guild = new GuildHandle(this.#actors, record);
    for (const channel of textChannels) guild.addTextChannel(channel);
    for (const channel of voiceChannels) guild.addVoiceChannel(channel);
    for (const channel of stageChannels) guild.addStageChannel(channel);
    return record;
  }

  #install(bot: ApplicationRecord, guild: GuildRecord): void {
    const role = this.#world.addRole(guild, bot.user.username, MUSIC_BOT_PERMISSIONS, bot.id);
    this.#world.addMember(guild, bot.id, [role.id]);
    this.#gateway.welcomeToGuild(bot, guild);
  }

  /** Three parts like a real one: the user id, a time, a signature. */
  #makeToken(userId: string): string {
    const part = (text: string) => Buffer.from(text).toString('base64url');
    const secret = this.#world.ids.secret('bot token');
    return `${part(userId)}.${secret.slice(0, 6)}.${part(secret.slice(6, 34))}`;
  }
}

function numericSeed(seed: string | number): number {
  return createHash('sha256').update(String(seed)).digest().readUInt32BE(0);
}

function voiceTrouble(voice: VoiceServer, clock: OwnedClock) {
  return voice.unexpected.map(({ kind, detail, count }) => ({
    kind: 'voice' as const,
    atMs: clock.now(),
    message: `${kind}: ${detail} (${count} times)`,
  }));
}
