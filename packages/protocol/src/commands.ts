import { z } from 'zod';
import { filterPresetSchema } from './filter-presets.ts';
import { filtersSchema } from './filters.ts';
import { channelIdSchema, entryIdSchema, epochSchema, requestKeySchema, userIdSchema } from './ids.ts';
import { layerIdSchema, layerModeSchema } from './layer.ts';
import { DEFAULT_EVENT_PORT, LIMITS } from './limits.ts';
import { guildSnapshotSchema, loopModeSchema, requestOutcomeSchema } from './snapshot.ts';
import { searchResultSchema, songSchema } from './song.ts';
import { toldFiltersSchema, toldPresetSchema } from './told-filters.ts';

const name = z.string().max(LIMITS.nameCharacters);
const nothing = z.object({});
/** Whether the command changed anything ("already paused" is an outcome, not a failure). */
const changed = z.object({ changed: z.boolean() });

/** Deadlines of one command, in milliseconds. */
export interface CommandTiming {
  /** How long one attempt waits for its reply before the socket is replaced and the same key is sent again. */
  readonly attemptMs: number;
  /** How long all attempts together may take; also the time to live told to the player. */
  readonly totalMs: number;
}

const FAST: CommandTiming = { attemptMs: 1_500, totalMs: 10_000 };
const EXTRACTION: CommandTiming = { attemptMs: 35_000, totalMs: 36_000 };

/**
 * All commands: what they carry, what a success returns, and how long they may take.
 * `effect` tells whether the player stores key and reply with the change (a repeat is answered from the store).
 */
export const COMMANDS = {
  /** First on every connection: do both sides understand each other? The only command without a guild. */
  HELLO: {
    data: z.object({
      protocol_version: z.number().int().positive(),
      oldest_protocol_version: z.number().int().positive(),
      capabilities: z.array(z.string().max(64)).max(64).default([]),
      client_name: name.default('unknown'),
      client_version: z.string().max(64).default('unknown'),
    }),
    reply: z.object({
      protocol_version: z.number().int().positive(),
      oldest_protocol_version: z.number().int().positive(),
      capabilities: z.array(z.string().max(64)).max(64),
      node_id: z.string().max(128),
      epoch: epochSchema,
      service_version: z.string().max(64),
      event_port: z.number().int().positive().default(DEFAULT_EVENT_PORT),
      /** Guilds that have a player here. */
      players: z.number().int().nonnegative(),
    }),
    timing: FAST,
    effect: false,
  },
  /**
   * Join a voice channel, or move to it. Acknowledged at once; STATE_UPDATE or PLAYER_ERROR tells the outcome.
   * The player asks for Discord's op 4 by VOICE_GATEWAY_SEND unless the credentials come along, as the first system sent them.
   */
  CONNECT: {
    data: z.object({
      channel_id: channelIdSchema,
      /** Where announcements belong. */
      text_channel_id: channelIdSchema.nullish(),
      token: z.string().max(512).nullish(),
      endpoint: z.string().max(256).nullish(),
      session_id: z.string().max(128).nullish(),
      user_id: userIdSchema.nullish(),
    }),
    reply: changed,
    timing: FAST,
    effect: true,
  },
  /** The bot user's own voice state, as Discord dispatched it. Order against VOICE_SERVER_UPDATE is kept by the bot. */
  VOICE_STATE_UPDATE: {
    data: z.object({
      user_id: userIdSchema,
      channel_id: channelIdSchema.nullable(),
      session_id: z.string().min(1).max(128),
      self_mute: z.boolean().default(false),
      self_deaf: z.boolean().default(false),
      /** Muted or deafened by a moderator; suppressed in a stage channel. */
      mute: z.boolean().default(false),
      deaf: z.boolean().default(false),
      suppress: z.boolean().default(false),
    }),
    reply: nothing,
    timing: FAST,
    effect: false,
  },
  /** Discord's voice server for the guild; `endpoint` is `null` while one is being allocated. */
  VOICE_SERVER_UPDATE: {
    data: z.object({ token: z.string().min(1).max(512), endpoint: z.string().max(256).nullable() }),
    reply: nothing,
    timing: FAST,
    effect: false,
  },
  /** What the bot knows of the voice channel that its own voice state names: after that state, and whenever it changes. */
  VOICE_CHANNEL_UPDATE: {
    data: z.object({
      channel_id: channelIdSchema,
      /** The channel's limit for each sender: 64,000 on a server without boosts, up to 384,000. */
      bitrate_bps: z.number().int().min(8_000).max(384_000),
    }),
    reply: nothing,
    timing: FAST,
    effect: false,
  },
  /** Leave the voice channel. The queue stays; what played is stopped and heads the queue. */
  DISCONNECT: { data: nothing, reply: changed, timing: FAST, effect: true },
  /**
   * Acknowledged at once; QUEUE_UPDATED (`request`) or PLAYER_ERROR (`request_key`) tells the outcome,
   * which GET_STATE (`request_key`) repeats. The same track may be asked for several times.
   */
  ADD_TO_QUEUE: {
    data: z.object({
      query: z.string().min(1).max(LIMITS.urlCharacters),
      repeat_count: z.number().int().min(1).max(LIMITS.repeatCount).default(1),
      position: z.enum(['end', 'next', 'now']).default('end'),
      requester_id: userIdSchema.nullish(),
      requester_name: name.default('Unknown'),
      text_channel_id: channelIdSchema.nullish(),
    }),
    reply: z.object({ outcome: requestOutcomeSchema }),
    timing: FAST,
    effect: true,
  },
  /** Candidates for search words. Answered when found; it waits for no other command of the guild. */
  SEARCH: {
    data: z.object({
      query: z.string().min(1).max(LIMITS.queryCharacters),
      limit: z.number().int().min(1).max(LIMITS.searchResults).default(5),
    }),
    reply: z.object({ results: z.array(searchResultSchema).max(LIMITS.searchResults) }),
    timing: EXTRACTION,
    effect: false,
  },
  /** Skips exactly the named entry; without one, whatever is current when the command is carried out. */
  SKIP_SONG: {
    data: z.object({ entry_id: entryIdSchema.nullish() }),
    reply: z.object({ skipped: songSchema, next: songSchema.nullable() }),
    timing: FAST,
    effect: true,
  },
  /** Moves an entry to the head of the queue; `now` also skips to it. */
  PLAY_NEXT: {
    data: z.object({ entry_id: entryIdSchema, now: z.boolean().default(false) }),
    reply: z.object({ song: songSchema }),
    timing: FAST,
    effect: true,
  },
  /** Goes back to the track played before; the current one becomes the next. */
  PREVIOUS: { data: nothing, reply: z.object({ song: songSchema }), timing: FAST, effect: true },
  PAUSE: { data: nothing, reply: changed, timing: FAST, effect: true },
  RESUME: { data: nothing, reply: changed, timing: FAST, effect: true },
  /** To an absolute position, so that a repeat does no harm. */
  SEEK: {
    data: z.object({ position_ms: z.number().int().nonnegative(), entry_id: entryIdSchema.nullish() }),
    reply: z.object({ position_ms: z.number().int().nonnegative() }),
    timing: FAST,
    effect: true,
  },
  SET_VOLUME: {
    data: z.object({ volume_percent: z.number().int().min(0).max(LIMITS.volumePercent) }),
    reply: changed,
    timing: FAST,
    effect: true,
  },
  /**
   * All filters at once, or those of a preset: what was on before is replaced, what is left out is off. Filters that have
   * no effect are not kept, so that `{}` and `flat` are the way back to the untouched signal.
   */
  SET_FILTERS: {
    data: z
      .object({ filters: filtersSchema.optional(), preset: filterPresetSchema.optional() })
      .refine((data) => (data.filters === undefined) !== (data.preset === undefined), {
        error: 'give either filters or preset',
      }),
    reply: changed.extend({ filters: toldFiltersSchema, preset: toldPresetSchema }),
    timing: FAST,
    effect: true,
  },
  /** How long the end of a track and the beginning of the next sound together; 0 = gapless. Never across a live stream. */
  SET_CROSSFADE: {
    data: z.object({ crossfade_ms: z.number().int().min(0).max(LIMITS.crossfadeMs) }),
    reply: changed,
    timing: FAST,
    effect: true,
  },
  /** Whether tracks are brought to the same loudness. */
  SET_NORMALIZATION: { data: z.object({ enabled: z.boolean() }), reply: changed, timing: FAST, effect: true },
  /**
   * A second signal over the music, or alone where nothing plays: an announcement, a sound effect. Acknowledged at once;
   * LAYER_STARTED, or PLAYER_ERROR (`request_key`) and LAYER_ENDED, tell the outcome. One at a time: a later one ends it.
   * It goes on over the end of a track, and is lost with the process.
   */
  PLAY_LAYER: {
    data: z
      .object({
        query: z.string().min(1).max(LIMITS.urlCharacters),
        mode: layerModeSchema.default('overlay'),
        /** Of the layer, on top of the guild's volume when it begins. */
        volume_percent: z.number().int().min(0).max(LIMITS.volumePercent).default(100),
        /** How much quieter the music is under an overlay; 12 when left out. */
        duck_db: z.number().min(0).max(LIMITS.duckDb).optional(),
        /** How long the music takes to go down. */
        attack_ms: z.number().int().min(20).max(LIMITS.layerRampMs).default(200),
        /** How long it takes to come back. */
        release_ms: z.number().int().min(20).max(LIMITS.layerRampMs).default(800),
      })
      .refine((data) => data.mode === 'overlay' || data.duck_db === undefined, {
        error: 'only an overlay has duck_db',
      }),
    reply: z.object({ layer_id: layerIdSchema }),
    timing: FAST,
    effect: true,
  },
  /** Ends the named layer, or whatever layer there is; the music comes back as it was asked to. */
  STOP_LAYER: {
    data: z.object({ layer_id: layerIdSchema.nullish() }),
    reply: changed,
    timing: FAST,
    effect: true,
  },
  SET_LOOP: { data: z.object({ mode: loopModeSchema }), reply: changed, timing: FAST, effect: true },
  SHUFFLE: {
    data: nothing,
    reply: z.object({ queue_length: z.number().int().nonnegative() }),
    timing: FAST,
    effect: true,
  },
  /** `to_index` counts from 0 in the upcoming entries and is clipped to their number. */
  MOVE_IN_QUEUE: {
    data: z.object({ entry_id: entryIdSchema, to_index: z.number().int().nonnegative() }),
    reply: z.object({ song: songSchema, index: z.number().int().nonnegative() }),
    timing: FAST,
    effect: true,
  },
  /** By id; an older peer names a 0-based `song_index` instead. */
  REMOVE_FROM_QUEUE: {
    data: z
      .object({ entry_id: entryIdSchema.optional(), song_index: z.number().int().nonnegative().optional() })
      .refine((data) => (data.entry_id === undefined) !== (data.song_index === undefined), {
        error: 'give either entry_id or song_index',
      }),
    reply: z.object({ removed: songSchema }),
    timing: FAST,
    effect: true,
  },
  /** Empties the upcoming entries; `stop` also ends the current track. */
  CLEAR_QUEUE: {
    data: z.object({ stop: z.boolean().default(false) }),
    reply: z.object({ removed: z.number().int().nonnegative() }),
    timing: FAST,
    effect: true,
  },
  /** Begins anew: queue, history and settings emptied, voice session closed, pending extractions ended. */
  RESET_PLAYER: { data: nothing, reply: changed, timing: FAST, effect: true },
  /** A snapshot with a page of the queue, and what became of an earlier request. */
  GET_STATE: {
    data: z.object({
      queue_offset: z.number().int().nonnegative().default(0),
      queue_limit: z.number().int().min(0).max(LIMITS.queuePageMax).default(LIMITS.queuePage),
      request_key: requestKeySchema.nullish(),
    }),
    reply: guildSnapshotSchema.extend({ request: requestOutcomeSchema.nullable() }),
    timing: FAST,
    effect: false,
  },
} as const satisfies Record<
  string,
  {
    readonly data: z.ZodType;
    readonly reply: z.ZodType;
    readonly timing: CommandTiming;
    readonly effect: boolean;
  }
>;

export type CommandAction = keyof typeof COMMANDS;
/** The data of a command after parsing, defaults filled in. */
export type CommandData<A extends CommandAction> = z.output<(typeof COMMANDS)[A]['data']>;
/** The data of a command as a caller writes it, defaults left out. */
export type CommandInput<A extends CommandAction> = z.input<(typeof COMMANDS)[A]['data']>;
export type ReplyData<A extends CommandAction> = z.output<(typeof COMMANDS)[A]['reply']>;

export function isCommandAction(text: string): text is CommandAction {
  return Object.hasOwn(COMMANDS, text);
}
