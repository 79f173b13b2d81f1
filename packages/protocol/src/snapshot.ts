import { z } from 'zod';
import { channelIdSchema, epochSchema, guildIdSchema, requestKeySchema } from './ids.ts';
import { layerSchema } from './layer.ts';
import { LIMITS } from './limits.ts';
import { songSchema } from './song.ts';
import { toldFiltersSchema, toldPresetSchema } from './told-filters.ts';

export const loopModeSchema = z.enum(['off', 'track', 'queue']);
export type LoopMode = z.infer<typeof loopModeSchema>;

/** What the player does with its current entry. `playing` only while frames leave for Discord or are due within the start-up of a track. */
export const playerStatusSchema = z.enum(['idle', 'loading', 'playing', 'paused']);
export type PlayerStatus = z.infer<typeof playerStatusSchema>;

/** Where the voice session stands; `securing` = connected, end-to-end encryption not ready yet. */
export const voiceStatusSchema = z.enum([
  'disconnected',
  'joining',
  'securing',
  'ready',
  'recovering',
  'failed',
]);
export type VoiceStatus = z.infer<typeof voiceStatusSchema>;

/** Why nothing is heard although everything works: the music waits until that ends. */
export const mutedBySchema = z.enum([
  /** Muted for the whole server. */
  'moderator',
  /** In the audience of a stage, not invited to speak. */
  'stage',
]);
export type MutedBy = z.infer<typeof mutedBySchema>;

/**
 * A position that needs no ticks: while `moving`, the position now is `position_ms + (now - at) * speed`.
 * Counted from frames really sent, never from the wall clock.
 */
export const positionSchema = z.object({
  position_ms: z.number().int().nonnegative(),
  /** Epoch milliseconds of the player's clock. */
  at: z.number().int().nonnegative(),
  moving: z.boolean(),
  /** Milliseconds of the track in one millisecond: other than 1 while the timescale filter is on. */
  speed: z.number().positive().default(1),
});
export type Position = z.infer<typeof positionSchema>;

/** 20 ms frames since the voice session began. due = sent + missing + silence. */
export const frameCountsSchema = z.object({
  due: z.number().int().nonnegative(),
  sent: z.number().int().nonnegative(),
  late: z.number().int().nonnegative(),
  missing: z.number().int().nonnegative(),
  silence: z.number().int().nonnegative(),
});
export type FrameCounts = z.infer<typeof frameCountsSchema>;

/**
 * Something the bot shall send to Discord's gateway on the guild's shard: op 4, Update Voice State.
 * @see https://discord.com/developers/docs/events/gateway-events#update-voice-state
 */
export const gatewayRequestSchema = z.object({
  /** Names the request: whoever sent it once does not send it again. */
  id: z.string().min(1).max(128),
  payload: z.object({
    op: z.literal(4),
    d: z.object({
      guild_id: guildIdSchema,
      /** `null` = leave. */
      channel_id: channelIdSchema.nullable(),
      self_mute: z.boolean(),
      self_deaf: z.boolean(),
    }),
  }),
});
export type GatewayRequest = z.infer<typeof gatewayRequestSchema>;

/** Everything the bot knows about one guild's player: the data of STATE_UPDATE and the reply of GET_STATE. */
export const guildSnapshotSchema = z.object({
  current_song: songSchema.nullable(),
  /** A window of the upcoming entries, beginning at `queue_offset`. */
  queue: z.array(songSchema).max(LIMITS.queuePageMax),
  queue_offset: z.number().int().nonnegative(),
  queue_length: z.number().int().nonnegative(),
  /** Milliseconds of all upcoming entries whose length is known. */
  queue_duration_ms: z.number().int().nonnegative(),
  history_length: z.number().int().nonnegative(),
  is_playing: z.boolean(),
  is_connected: z.boolean(),
  channel_id: channelIdSchema.nullable(),
  text_channel_id: channelIdSchema.nullable(),
  player_status: playerStatusSchema,
  voice_status: voiceStatusSchema,
  position: positionSchema,
  /** What the station that is heard says it plays. */
  stream_title: z.string().max(LIMITS.titleCharacters).nullable().default(null),
  is_seekable: z.boolean(),
  volume_percent: z.number().int().min(0).max(LIMITS.volumePercent),
  /** What is on; `{}` = nothing. */
  filters: toldFiltersSchema.default({}),
  /** Whose filters these are, if they are those of a preset. */
  preset: toldPresetSchema.default(null),
  /** 0 = gapless. */
  crossfade_ms: z.number().int().min(0).max(LIMITS.crossfadeMs).default(0),
  /** Whether tracks are brought to the same loudness. */
  normalize: z.boolean().default(false),
  loop: loopModeSchema,
  /** `null` = nobody keeps us from being heard. */
  muted_by: mutedBySchema.nullable().catch(null).default(null),
  /** What is heard over the music; `null` = nothing. */
  layer: layerSchema.nullable().default(null),
  frames: frameCountsSchema,
  /** What VOICE_GATEWAY_SEND asked for and Discord has not answered yet: a lost event must not lose the join. */
  gateway_request: gatewayRequestSchema.nullable().default(null),
  epoch: epochSchema,
  sequence: z.number().int().nonnegative(),
  revision: z.number().int().nonnegative(),
});
export type GuildSnapshot = z.infer<typeof guildSnapshotSchema>;

/** What became of an earlier command that was acknowledged before it was done. */
export const requestOutcomeSchema = z.discriminatedUnion('state', [
  z.object({ key: requestKeySchema, state: z.literal('unknown') }),
  z.object({ key: requestKeySchema, state: z.literal('pending') }),
  z.object({
    key: requestKeySchema,
    state: z.literal('added'),
    /** The first of them, as it was queued. */
    song: songSchema,
    /** Entries added so far; a playlist may still grow while `complete` is false. */
    added: z.number().int().nonnegative(),
    complete: z.boolean(),
    playlist_name: z.string().max(LIMITS.titleCharacters).nullable(),
    /** 0 = playing at once, 1 = next, … */
    queue_position: z.number().int().nonnegative(),
    /** Entries the limits left out. */
    skipped: z.number().int().nonnegative(),
  }),
  z.object({
    key: requestKeySchema,
    state: z.literal('failed'),
    code: z.string(),
    retryable: z.boolean(),
    message: z.string(),
    details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  }),
]);
export type RequestOutcome = z.infer<typeof requestOutcomeSchema>;
