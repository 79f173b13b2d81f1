import { randomUUID } from 'node:crypto';
import {
  type CommandAction,
  type CommandOf,
  type EntryId,
  type Epoch,
  type EventAction,
  type EventData,
  entryIdSchema,
  epochSchema,
  FILTER_PRESETS,
  type GuildId,
  type GuildSnapshot,
  guildIdSchema,
  PlayerError,
  presetOf,
  type ReplyData,
  type RequestKey,
  type RequestOutcome,
  type Song,
  withoutNeutral,
} from '@bandstand/protocol';
import { CommandServer, EventPublisher, type GuildCommand, type GuildEvent } from '@bandstand/transport';

type GuildAction = Exclude<CommandAction, 'HELLO'>;
type Handler<A extends GuildAction> = (
  command: CommandOf<A>,
  guild: ScriptedGuild,
) => ReplyData<A> | Promise<ReplyData<A>>;
type Script = { -readonly [A in GuildAction]?: Handler<A> };

const NO_KEYS = { mechanism: 'none', allowInsecure: false } as const;

export interface ScriptedPlayerOptions {
  /** Where an earlier player listened, to come back in its place. */
  readonly commandEndpoint?: string;
  readonly eventEndpoint?: string;
}

/** The player's side of the wire on real sockets; what it answers is what a test says. Plays nothing. */
export class ScriptedPlayer implements AsyncDisposable {
  readonly epoch: Epoch = epochSchema.parse(randomUUID());
  /** Every command in the order it came, repeats included. */
  readonly received: GuildCommand[] = [];
  /** Answers that differ from the usual ones. */
  readonly script: Script = {};
  readonly #guilds = new Map<GuildId, ScriptedGuild>();
  /** As in the player, a repeated key gets the answer of the first request. */
  readonly #answers = new Map<RequestKey, Promise<{ data: Record<string, unknown> }>>();
  #commands!: CommandServer;
  #events!: EventPublisher;

  static async start(options: ScriptedPlayerOptions = {}): Promise<ScriptedPlayer> {
    const player = new ScriptedPlayer();
    player.#commands = await CommandServer.listen({
      endpoint: options.commandEndpoint ?? 'tcp://127.0.0.1:*',
      security: NO_KEYS,
      epoch: player.epoch,
      handler: (command) => player.#answer(command),
      hello: () => ({
        capabilities: [],
        node_id: 'scripted',
        service_version: '9.9.9',
        event_port: 5_556,
        players: 0,
      }),
    });
    player.#events = await EventPublisher.listen({
      endpoint: options.eventEndpoint ?? 'tcp://127.0.0.1:*',
      security: NO_KEYS,
      epoch: player.epoch,
      heartbeat: () => ({ node_id: 'scripted', players: 0, playing: 0, loop_delay_ms: 0 }),
    });
    return player;
  }

  get commandEndpoint(): string {
    return this.#commands.endpoint;
  }

  get eventEndpoint(): string {
    return this.#events.endpoint;
  }

  guild(id: string): ScriptedGuild {
    const guildId = guildIdSchema.parse(id);
    const known = this.#guilds.get(guildId);
    if (known !== undefined) return known;
    const guild = new ScriptedGuild(guildId, this.epoch, (event) => this.#events.publish(event));
    this.#guilds.set(guildId, guild);
    return guild;
  }

  /** Without repeats: a request that is sent again has the same key. */
  commandsOf<A extends GuildAction>(action: A): CommandOf<A>[] {
    const byKey = new Map(this.received.map((command) => [command.key, command]));
    return [...byKey.values()].filter(
      (command): command is GuildCommand & CommandOf<A> => command.action === action,
    );
  }

  async close(): Promise<void> {
    await this.#commands.close(0);
    await this.#events.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #answer(command: GuildCommand): Promise<{ data: Record<string, unknown> }> {
    this.received.push(command);
    const { key } = command;
    const known = key === null ? undefined : this.#answers.get(key);
    if (known !== undefined) return known;
    const answer = this.#carryOut(command);
    if (key !== null) this.#answers.set(key, answer);
    return answer;
  }

  async #carryOut(command: GuildCommand): Promise<{ data: Record<string, unknown> }> {
    const guild = this.guild(command.guildId);
    const scripted = this.script[command.action] as
      | ((command: GuildCommand, guild: ScriptedGuild) => Promise<Record<string, unknown>>)
      | undefined;
    return { data: await (scripted?.(command, guild) ?? usual(command, guild)) };
  }
}

/** One guild as the scripted player tells it. */
export class ScriptedGuild {
  readonly guildId: GuildId;
  readonly #epoch: Epoch;
  readonly #publish: (event: GuildEvent) => unknown;
  readonly outcomes = new Map<string, RequestOutcome>();
  #sequence = 0;
  state: Omit<GuildSnapshot, 'epoch' | 'sequence' | 'revision'> = {
    current_song: null,
    queue: [],
    queue_offset: 0,
    queue_length: 0,
    queue_duration_ms: 0,
    history_length: 0,
    is_playing: false,
    is_connected: false,
    channel_id: null,
    text_channel_id: null,
    player_status: 'idle',
    voice_status: 'disconnected',
    position: { position_ms: 0, at: 0, moving: false, speed: 1 },
    stream_title: null,
    is_seekable: false,
    volume_percent: 100,
    loop: 'off',
    filters: {},
    preset: null,
    crossfade_ms: 0,
    normalize: false,
    muted_by: null,
    layer: null,
    frames: { due: 0, sent: 0, late: 0, missing: 0, silence: 0 },
    gateway_request: null,
  };

  constructor(guildId: GuildId, epoch: Epoch, publish: (event: GuildEvent) => unknown) {
    this.guildId = guildId;
    this.#epoch = epoch;
    this.#publish = publish;
  }

  snapshot(): GuildSnapshot {
    return { ...this.state, epoch: this.#epoch, sequence: this.#sequence, revision: this.#sequence };
  }

  emit<A extends Exclude<EventAction, 'HEARTBEAT' | 'STATE_UPDATE'>>(action: A, data: EventData<A>): void {
    this.#send(action, data);
  }

  /** Changes the state and tells it. */
  become(changes: Partial<ScriptedGuild['state']>): void {
    this.state = { ...this.state, ...changes };
    this.#send('STATE_UPDATE', { ...this.snapshot(), sequence: this.#sequence + 1 });
  }

  /** Tells what became of an ADD_TO_QUEUE. */
  settle(outcome: RequestOutcome): void {
    this.outcomes.set(outcome.key, outcome);
    const { queue, queue_length, queue_duration_ms } = this.state;
    this.emit('QUEUE_UPDATED', {
      queue: queue.slice(0, 20),
      queue_length,
      queue_duration_ms,
      request: outcome,
    });
  }

  /** As the player does it: state, then the start. */
  startsPlaying(song: Song, positionMs = 0): void {
    this.become({
      current_song: song,
      player_status: 'playing',
      is_playing: true,
      position: { position_ms: positionMs, at: Date.now(), moving: true, speed: 1 },
    });
    this.emit('SONG_STARTED', { song, position_ms: positionMs, text_channel_id: this.state.text_channel_id });
  }

  goesIdle(): void {
    this.become({ current_song: null, player_status: 'idle', is_playing: false });
    this.emit('PLAYER_IDLE', { leaves_in_ms: null });
  }

  #send(action: EventAction, data: unknown): void {
    this.#sequence += 1;
    this.#publish({
      action,
      data,
      guildId: this.guildId,
      epoch: this.#epoch,
      sequence: this.#sequence,
      revision: this.#sequence,
      atMs: Date.now(),
    } as GuildEvent);
  }
}

export function song(title: string, more: Partial<Song> = {}): Song {
  return {
    entry_id: entryIdSchema.parse(`entry-${title.replaceAll(/\W+/g, '-').slice(0, 40)}`) as EntryId,
    url: 'https://media.test/a',
    title,
    duration: 200,
    thumbnail: null,
    webpage_url: 'https://media.test/watch?v=a',
    channel: null,
    view_count: null,
    requester_id: null,
    requester_name: 'Ann',
    is_live: false,
    source: 'test',
    ...more,
  };
}

/** The usual end of an ADD_TO_QUEUE: by event, right after it was acknowledged. */
export function adds(
  added: Song,
  more: Partial<Extract<RequestOutcome, { readonly state: 'added' }>> = {},
): Handler<'ADD_TO_QUEUE'> {
  return ({ key }, guild) => {
    if (key === null) throw new Error('a request without a key');
    const outcome: RequestOutcome = {
      key,
      state: 'added',
      song: added,
      added: 1,
      complete: true,
      playlist_name: null,
      queue_position: 0,
      skipped: 0,
      ...more,
    };
    setImmediate(() => guild.settle(outcome));
    return { outcome: { key, state: 'pending' } };
  };
}

/** What a player that is connected and has nothing to do would say. */
function usual(command: GuildCommand, guild: ScriptedGuild): Record<string, unknown> {
  const { current_song: current, queue } = guild.state;
  switch (command.action) {
    case 'CONNECT':
      guild.become({
        channel_id: command.data.channel_id,
        text_channel_id: command.data.text_channel_id ?? null,
        voice_status: 'ready',
        is_connected: true,
      });
      return { changed: true };
    case 'GET_STATE': {
      const { queue_offset: offset, queue_limit: limit, request_key: key } = command.data;
      const request = key == null ? null : (guild.outcomes.get(key) ?? { key, state: 'unknown' });
      return {
        ...guild.snapshot(),
        queue: queue.slice(offset, offset + limit),
        queue_offset: offset,
        request,
      };
    }
    case 'ADD_TO_QUEUE':
      return { outcome: { key: command.key, state: 'pending' } };
    case 'SKIP_SONG':
      if (current === null) throw new PlayerError('NOTHING_PLAYING', 'nothing plays');
      if (command.data.entry_id != null && command.data.entry_id !== current.entry_id)
        throw new PlayerError('ENTRY_CHANGED', 'another entry plays');
      return { skipped: current, next: queue[0] ?? null };
    case 'SEEK':
      return { position_ms: command.data.position_ms };
    case 'SET_FILTERS': {
      const { filters = {}, preset } = command.data;
      const on = withoutNeutral(preset === undefined ? filters : FILTER_PRESETS[preset]);
      guild.become({ filters: on, preset: presetOf(on) });
      return { changed: true, filters: on, preset: presetOf(on) };
    }
    case 'SET_CROSSFADE':
      guild.become({ crossfade_ms: command.data.crossfade_ms });
      return { changed: true };
    case 'SET_NORMALIZATION':
      guild.become({ normalize: command.data.enabled });
      return { changed: true };
    case 'SHUFFLE':
      return { queue_length: guild.state.queue_length };
    case 'CLEAR_QUEUE':
      return { removed: queue.length };
    case 'SEARCH':
      return { results: [] };
    case 'REMOVE_FROM_QUEUE':
    case 'PREVIOUS':
    case 'PLAY_NEXT':
    case 'MOVE_IN_QUEUE':
      throw new PlayerError('ENTRY_NOT_FOUND', 'not scripted');
    case 'VOICE_STATE_UPDATE':
    case 'VOICE_SERVER_UPDATE':
    case 'VOICE_CHANNEL_UPDATE':
      return {};
    default:
      return { changed: true };
  }
}
