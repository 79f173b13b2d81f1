import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  type ApplicationFlags,
  GatewayCloseCodes as Close,
  GatewayDispatchEvents as Event,
  type GatewayPresenceUpdateData,
} from 'discord-api-types/v10';
import { WebSocketServer } from 'ws';
import type { CallLog } from '../call-log.ts';
import type { Clock } from '../clock.ts';
import type { GatewayFaults } from '../faults.ts';
import type { Audience, Dispatch } from '../world/dispatch.ts';
import type { ApplicationRecord, GuildRecord } from '../world/records.ts';
import type { VoicePresence } from '../world/voice-presence.ts';
import type { World } from '../world/world.ts';
import type { Identify, MembersRequest, Resume, VoiceStateRequest } from './client-frame.ts';
import { GatewayConnection } from './connection.ts';
import { ALL_INTENTS, PRIVILEGED_INTENTS } from './event-intents.ts';
import type { GatewayContext } from './gateway-context.ts';
import { memberChunks } from './member-chunks.ts';
import { GatewaySession } from './session.ts';
import { type SessionStartLimit, SessionStarts } from './session-starts.ts';
import { guildCreate, presenceUpdate, tailor, voiceStatuses } from './tailor.ts';
import { Violation } from './violation.ts';

/** A client library asks for compression only where a zlib addon is installed. */
const SPOKEN = 'v=10&encoding=json&compress=no';

export interface GatewayServerOptions {
  readonly world: World;
  readonly voice: VoicePresence;
  readonly log: CallLog;
  readonly faults: GatewayFaults;
  /** Sent in Hello. */
  readonly heartbeatIntervalMs: number;
  /** How long a session without a socket can be resumed. */
  readonly resumeWindowMs: number;
  readonly url: () => string;
}

/** Discord's gateway v10: JSON over a plain WebSocket, without transport compression. */
export class GatewayServer implements GatewayContext {
  readonly clock: Clock;
  readonly heartbeatIntervalMs: number;
  readonly faults: GatewayFaults;
  readonly #options: GatewayServerOptions;
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  readonly #connections = new Set<GatewayConnection>();
  readonly #sessions = new Map<string, GatewaySession>();
  readonly #expiries = new Map<GatewaySession, () => void>();
  readonly #starts: SessionStarts;
  readonly #stopListening: () => void;

  constructor(options: GatewayServerOptions) {
    this.#options = options;
    this.clock = options.world.clock;
    this.heartbeatIntervalMs = options.heartbeatIntervalMs;
    this.faults = options.faults;
    this.#starts = new SessionStarts(this.clock);
    this.#stopListening = options.world.onDispatch((dispatch, audience) => this.#route(dispatch, audience));
  }

  /** Sessions that live, attached or waiting to be resumed. */
  get sessions(): readonly GatewaySession[] {
    return [...this.#sessions.values()];
  }

  /** Connections that have a session; the newest last. */
  connectionsOf(bot: ApplicationRecord): GatewayConnection[] {
    return [...this.#connections].filter(({ session }) => session?.identity.bot === bot);
  }

  /** `upgrade` listener of an HTTP server. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const query = new URL(request.url ?? '/', 'http://localhost').searchParams;
    this.#sockets.handleUpgrade(request, socket, head, (client) => {
      const encoding = query.get('encoding') ?? 'json';
      const wish = `v=${query.get('v')}&encoding=${encoding}&compress=${query.get('compress') ?? 'no'}`;
      if (wish === SPOKEN) {
        this.#connections.add(new GatewayConnection(client, this));
        return;
      }
      this.violation(`a client asked for ${wish}, only ${SPOKEN} is simulated`);
      client.close(Close.InvalidAPIVersion, `Only ${SPOKEN} is simulated.`);
    });
  }

  sessionStarts(bot: ApplicationRecord): SessionStartLimit {
    return this.#starts.limitOf(bot.id);
  }

  open({ token, intents, shard = [0, 1], presence }: Identify): GatewaySession {
    const bot = this.#botOf(token);
    if (intents === undefined || (intents & ~ALL_INTENTS) !== 0) {
      throw new Violation(Close.InvalidIntents, `intents ${intents}`);
    }
    if ((intents & PRIVILEGED_INTENTS) !== 0 && !bot.privilegedIntents) {
      throw new Violation(Close.DisallowedIntents, 'privileged intents are switched off for this bot');
    }
    const [index, count] = shard;
    if (index < 0 || index >= count) throw new Violation(Close.InvalidShard, `shard ${index} of ${count}`);

    this.#starts.count(bot.id);
    const id = this.#options.world.ids.secret('gateway session').slice(0, 32);
    const session = new GatewaySession({ id, bot, intents, shard });
    this.#sessions.set(id, session);
    if (presence !== undefined) this.presence(session, presence);
    return session;
  }

  welcome(session: GatewaySession): void {
    const { bot, shard, id } = session.identity;
    const guilds = this.#guildsOf(session);
    session.dispatch({
      t: Event.Ready,
      d: {
        v: 10,
        user: bot.user,
        guilds: guilds.map((guild) => ({ id: guild.id, unavailable: true })),
        session_id: id,
        resume_gateway_url: this.#options.url(),
        shard: [...shard],
        application: { id: bot.id, flags: 0 as ApplicationFlags, flags_new: '0' },
      },
    });
    for (const guild of guilds) {
      const events = [guildCreate(this.#options.world, guild, session.identity), ...voiceStatuses(guild)];
      for (const event of events) this.#deliver(session, event);
    }
  }

  /** A bot was added to a guild while its sessions live. */
  welcomeToGuild(bot: ApplicationRecord, guild: GuildRecord): void {
    for (const session of this.#sessions.values()) {
      if (session.identity.bot !== bot || !session.serves(guild.id)) continue;
      this.#deliver(session, guildCreate(this.#options.world, guild, session.identity));
    }
  }

  find({ token, sessionId }: Resume): GatewaySession | undefined {
    const bot = this.#botOf(token);
    const session = this.#sessions.get(sessionId);
    return session?.identity.bot === bot ? session : undefined;
  }

  resumed(session: GatewaySession): void {
    this.#expiries.get(session)?.();
    this.#expiries.delete(session);
    // Discord's has a trace that no client reads; the published type knows no data at all.
    session.dispatch({ t: Event.Resumed, d: { _trace: [] } as unknown as undefined });
  }

  suspend(session: GatewaySession): void {
    const cancel = this.clock.after(this.#options.resumeWindowMs, () => this.end(session));
    this.#expiries.set(session, cancel);
  }

  /** The bot goes offline: whatever the session held in voice is let go. */
  end(session: GatewaySession): void {
    this.#expiries.get(session)?.();
    this.#expiries.delete(session);
    if (!this.#sessions.delete(session.id)) return;
    this.#options.voice.endSession(session.id);
  }

  closed(connection: GatewayConnection): void {
    this.#connections.delete(connection);
  }

  voiceState(session: GatewaySession, request: VoiceStateRequest): void {
    const { bot } = session.identity;
    const guild = this.#options.world.guilds.get(request.guildId);
    if (guild?.members.has(bot.id) !== true) return; // Discord stays silent, e.g. after the bot was removed
    if (request.channelId === null) {
      this.#options.voice.leave(guild, bot.id);
      return;
    }
    const { channelId, selfMute, selfDeaf } = request;
    this.#options.voice.join(guild, bot.id, { channelId, selfMute, selfDeaf, sessionId: session.id });
  }

  presence(session: GatewaySession, presence: GatewayPresenceUpdateData): void {
    const { bot } = session.identity;
    bot.presence = presence;
    for (const guild of this.#guildsOf(session)) {
      this.#options.world.dispatch(presenceUpdate(bot, guild), { guildId: guild.id });
    }
  }

  members(session: GatewaySession, request: MembersRequest): void {
    const guild = this.#guildsOf(session).find(({ id }) => id === request.guildId);
    if (guild === undefined) return;
    for (const chunk of memberChunks(this.#options.world, guild, request)) this.#deliver(session, chunk);
  }

  logFromClient(op: number, d: unknown): void {
    const shown = typeof d === 'object' && d !== null && 'token' in d ? { ...d, token: '[token]' } : d;
    this.#options.log.add({
      kind: 'gateway',
      atMs: this.clock.now(),
      direction: 'fromClient',
      op,
      t: null,
      d: shown,
    });
  }

  logToClient(op: number, t: string | null, d: unknown): void {
    this.#options.log.add({ kind: 'gateway', atMs: this.clock.now(), direction: 'toClient', op, t, d });
  }

  violation(message: string): void {
    this.#options.log.addUnexpected({ kind: 'gatewayProtocol', atMs: this.clock.now(), message });
  }

  bug(error: unknown): void {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#options.log.addUnexpected({ kind: 'simulatorBug', atMs: this.clock.now(), message });
  }

  async close(): Promise<void> {
    this.#stopListening();
    for (const client of this.#sockets.clients) client.terminate();
    this.#sessions.clear();
    await new Promise<void>((resolve) => this.#sockets.close(() => resolve()));
  }

  #route(dispatch: Dispatch, { guildId, applicationId, sessionId }: Audience): void {
    const guild = this.#options.world.guilds.get(guildId);
    for (const session of this.#sessions.values()) {
      const { bot } = session.identity;
      if (guild?.members.has(bot.id) !== true || !session.serves(guildId)) continue;
      if (applicationId !== undefined && applicationId !== bot.id) continue;
      if (sessionId !== undefined && sessionId !== session.id) continue;
      this.#deliver(session, dispatch);
    }
  }

  #deliver(session: GatewaySession, dispatch: Dispatch): void {
    const tailored = tailor(dispatch, session.identity);
    if (tailored === undefined) return;
    const delayMs = this.faults.takeDelayMs(dispatch.t);
    if (delayMs === 0) session.dispatch(tailored);
    else this.clock.after(delayMs, () => session.dispatch(tailored));
  }

  #guildsOf(session: GatewaySession) {
    return [...this.#options.world.guilds.values()].filter(
      (guild) => guild.members.has(session.identity.bot.id) && session.serves(guild.id),
    );
  }

  #botOf(token: string): ApplicationRecord {
    const bot = [...this.#options.world.applications.values()].find((known) => known.token === token);
    if (bot === undefined) throw new Violation(Close.AuthenticationFailed, 'no bot has this token');
    return bot;
  }
}
