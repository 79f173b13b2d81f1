import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import {
  type CommandAction,
  type CommandInput,
  type GuildId,
  type GuildSnapshot,
  LIMITS,
  PlayerError,
  type ReplyData,
  type RequestKey,
  requestKeySchema,
} from '@bandstand/protocol';
import type { Logger } from '@bandstand/service-kit';
import {
  CommandClient,
  type ConnectSecurity,
  EventSubscriber,
  type GuildEvent,
  GuildFeed,
  type Peer,
  type PlayerAvailability,
  type SyncReason,
} from '@bandstand/transport';
import { ClockOffset } from './clock-offset.ts';
import { GuildMirror, positionOf } from './guild-mirror.ts';
import { RequestOutcomes } from './request-outcomes.ts';

/**
 * How long a person waits for the player at most: less than Discord's 3 s. It is also the command's time to live, so that
 * what was answered with "try again" is not carried out later.
 */
const INTERACTIVE_MS = 2_700;

export interface PlayerLinkOptions {
  readonly commandEndpoint: string;
  readonly eventEndpoint: string;
  readonly security: ConnectSecurity;
  readonly clientVersion: string;
  readonly log: Logger;
  /** A guild's snapshot was fetched: at first, or because something was lost. */
  readonly onSnapshot?: (reason: SyncReason) => void;
}

export interface PlayerLinkEvents {
  /** Each event of each followed guild once, at once. */
  event: [event: GuildEvent, mirror: GuildMirror];
  /** A mirror shows something new. */
  change: [mirror: GuildMirror, event: GuildEvent | null];
  availability: [next: PlayerAvailability];
}

export interface LinkRequestOptions {
  readonly key: RequestKey;
  readonly ttlMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Everything between the bot and its player: commands down, events up, and a mirror of each guild. */
export class PlayerLink extends EventEmitter<PlayerLinkEvents> {
  readonly outcomes = new RequestOutcomes();
  readonly #commands: CommandClient;
  readonly #subscriber: EventSubscriber;
  readonly #feed: GuildFeed<GuildSnapshot>;
  readonly #offset = new ClockOffset();
  readonly #mirrors = new Map<GuildId, GuildMirror>();
  readonly #log: Logger;
  #isIncompatible = false;

  /** @throws {@link Error} when an endpoint may not be used without keys, or a key file is wrong. */
  constructor({
    commandEndpoint,
    eventEndpoint,
    security,
    clientVersion,
    log,
    onSnapshot,
  }: PlayerLinkOptions) {
    super();
    this.#log = log;
    this.#commands = new CommandClient({
      endpoint: commandEndpoint,
      security,
      clientName: 'bandstand bot-client',
      clientVersion,
    });
    this.#subscriber = new EventSubscriber({ endpoint: eventEndpoint, security });
    this.#feed = new GuildFeed<GuildSnapshot>({
      subscriber: this.#subscriber,
      fetchSnapshot: (guildId, signal) => this.#fetchSnapshot(guildId, signal),
      onSnapshot: (guildId, snapshot, reason) => {
        log.debug({ guildId, reason, sequence: snapshot.sequence }, 'snapshot taken');
        onSnapshot?.(reason);
        this.#mirrors.get(guildId)?.replace(snapshot);
      },
      onEvent: (event) => this.#mirrors.get(event.guildId)?.apply(event),
      onFetchFailed: (guildId, error) => this.#fetchFailed(guildId, error),
    });
    this.#listen();
  }

  get availability(): PlayerAvailability {
    return this.#subscriber.availability;
  }

  /** The player as of the last handshake. */
  get peer(): Peer | undefined {
    return this.#commands.peer;
  }

  /** Whether commands have a chance: the player lives and speaks our protocol. */
  get isUsable(): boolean {
    return !this.#isIncompatible && this.availability === 'up' && this.#commands.isReachable;
  }

  /** Begins to mirror the guild; asking twice changes nothing. */
  follow(guildId: GuildId): GuildMirror {
    const known = this.#mirrors.get(guildId);
    if (known !== undefined) return known;
    const mirror = new GuildMirror(guildId, this.#offset);
    mirror.on('change', (event) => this.emit('change', mirror, event));
    this.#mirrors.set(guildId, mirror);
    this.#feed.follow(guildId);
    return mirror;
  }

  unfollow(guildId: GuildId): void {
    this.#feed.unfollow(guildId);
    this.#mirrors.get(guildId)?.removeAllListeners();
    this.#mirrors.delete(guildId);
  }

  mirrorOf(guildId: GuildId): GuildMirror | undefined {
    return this.#mirrors.get(guildId);
  }

  /** Milliseconds inside the current track now, corrected for the difference of the clocks. */
  positionMs(snapshot: GuildSnapshot): number {
    return positionOf(snapshot, Date.now() - this.#offset.ms);
  }

  /** @throws {@link PlayerError} */
  async request<A extends Exclude<CommandAction, 'HELLO'>>(
    action: A,
    guildId: GuildId,
    data: CommandInput<A>,
    { key, ttlMs = INTERACTIVE_MS, signal }: LinkRequestOptions,
  ): Promise<ReplyData<A>> {
    try {
      return await this.#commands.request(action, guildId, data, { key, ttlMs, ...(signal && { signal }) });
    } catch (error) {
      this.#noteCompatibility(error);
      throw error;
    }
  }

  close(): void {
    this.#feed.close();
    this.#subscriber.close();
    this.#commands.close();
    this.removeAllListeners();
  }

  #listen(): void {
    this.#commands.on('peer', (peer, previous) => {
      this.#isIncompatible = false;
      this.#log.info(
        {
          node: peer.node_id,
          version: peer.service_version,
          epoch: peer.epoch,
          restarted: previous !== undefined,
        },
        'met the player',
      );
    });
    this.#commands.on('problem', (problem) => this.#logProblem(problem));
    this.#subscriber.on('problem', (problem) => this.#logProblem(problem));
    this.#subscriber.on('heartbeat', (heartbeat) => this.#offset.observe(heartbeat.atMs, Date.now()));
    this.#subscriber.on('availability', (next, previous) => {
      const level = next === 'up' ? 'info' : 'warn';
      this.#log[level]({ availability: next, previous }, 'player availability');
      this.emit('availability', next);
    });
    this.#subscriber.on('event', (event) => {
      const mirror = this.#mirrors.get(event.guildId);
      if (mirror === undefined) return;
      this.outcomes.feed(event);
      mirror.emit('event', event);
      this.emit('event', event, mirror);
    });
  }

  async #fetchSnapshot(guildId: GuildId, signal: AbortSignal): Promise<GuildSnapshot> {
    const key = requestKeySchema.parse(`snapshot:${randomUUID()}`);
    return this.request('GET_STATE', guildId, { queue_limit: LIMITS.queuePage }, { key, signal });
  }

  #fetchFailed(guildId: GuildId, error: unknown): void {
    if (error instanceof PlayerError && error.retryable)
      this.#log.debug({ guildId, code: error.code }, 'no snapshot yet');
    else if (!this.#isIncompatible) this.#log.warn({ guildId, err: error }, 'no snapshot');
  }

  #noteCompatibility(error: unknown): void {
    if (!(error instanceof PlayerError) || error.code !== 'INCOMPATIBLE_PROTOCOL' || this.#isIncompatible)
      return;
    this.#isIncompatible = true;
    this.#log.error({ err: error }, 'bot and player cannot work together: update one of them');
  }

  #logProblem(problem: { readonly kind: string; readonly message: string; readonly cause?: unknown }): void {
    this.#log.warn({ kind: problem.kind, err: problem.cause }, problem.message);
  }
}
