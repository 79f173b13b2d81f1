import { z } from 'zod';
import { channelIdSchema, entryIdSchema, guildIdSchema, requestKeySchema } from './ids.ts';
import { layerIdSchema, layerSchema } from './layer.ts';
import { LIMITS } from './limits.ts';
import { gatewayRequestSchema, guildSnapshotSchema, requestOutcomeSchema } from './snapshot.ts';
import { songSchema } from './song.ts';

/** Lavalink's words; only `finished` and `loadFailed` let the queue move on by itself. */
export const endReasonSchema = z.enum(['finished', 'loadFailed', 'stopped', 'replaced', 'cleanup']);
export type EndReason = z.infer<typeof endReasonSchema>;

/** @see https://lavalink.dev/api/websocket.html#track-end-reason */
export const MAY_START_NEXT: Readonly<Record<EndReason, boolean>> = {
  finished: true,
  loadFailed: true,
  stopped: false,
  replaced: false,
  cleanup: false,
};

export const stopReasonSchema = z.enum([
  'stopped',
  'reset',
  'disconnected',
  'kicked',
  'alone',
  'idle',
  'voice_failed',
  'shutdown',
]);
export type StopReason = z.infer<typeof stopReasonSchema>;

export const errorDetailsSchema = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean(), z.null()]),
);

/** All events. Each is published on the topic of its guild, HEARTBEAT on a topic of its own. */
export const EVENTS = {
  /** The first frame of the entry has been sent, or the entry was resumed after a restart. */
  SONG_STARTED: z.object({
    song: songSchema,
    position_ms: z.number().int().nonnegative(),
    text_channel_id: channelIdSchema.nullable(),
  }),
  /** A station plays something else now. What it says, cleaned and cut; `null` = it says nothing of it any more. */
  STREAM_TITLE: z.object({
    /** The station, which is the current entry. */
    entry_id: entryIdSchema,
    title: z.string().max(LIMITS.titleCharacters).nullable(),
  }),
  SONG_ENDED: z.object({
    song: songSchema,
    reason: endReasonSchema,
    position_ms: z.number().int().nonnegative(),
  }),
  /** The first frame of a layer has been sent. */
  LAYER_STARTED: layerSchema,
  /** A layer is over, or will not begin: `finished`, `stopped`, `replaced` by another, `loadFailed`, or `cleanup` with its player. */
  LAYER_ENDED: z.object({ layer_id: layerIdSchema, reason: endReasonSchema }),
  /** The head of the queue; longer queues are read by page with GET_STATE. */
  QUEUE_UPDATED: z.object({
    queue: z.array(songSchema).max(LIMITS.queuePage),
    queue_length: z.number().int().nonnegative(),
    queue_duration_ms: z.number().int().nonnegative(),
    /** The outcome of the ADD_TO_QUEUE that caused it. */
    request: requestOutcomeSchema.nullable(),
  }),
  /** Nothing plays and nothing is queued. */
  PLAYER_IDLE: z.object({
    /** Milliseconds after which the player leaves the channel; `null` = it stays. */
    leaves_in_ms: z.number().int().nonnegative().nullable(),
  }),
  /** Playback was ended on purpose or for good, and does not go on by itself. */
  PLAYER_STOP: z.object({ reason: stopReasonSchema }),
  PLAYER_ERROR: z.object({
    /** The error code; the first system's name for it. */
    error_type: z.string().max(64),
    error_message: z.string().max(1_000),
    retryable: z.boolean(),
    details: errorDetailsSchema,
    /** The entry it concerns. */
    song_data: songSchema.nullable(),
    /** The acknowledged request it answers. */
    request_key: requestKeySchema.nullable(),
    /** What the player does about it by itself. */
    next_step: z.enum(['retrying', 'skipped', 'stopped', 'none']),
  }),
  STATE_UPDATE: guildSnapshotSchema,
  /** Please send this to Discord's gateway, on the shard of the guild: op 4, Update Voice State. */
  VOICE_GATEWAY_SEND: gatewayRequestSchema,
  /** Each second: alive, and the last sequence of each guild that changed lately, so that a lost last event is noticed. */
  HEARTBEAT: z.object({
    node_id: z.string().max(128),
    players: z.number().int().nonnegative(),
    playing: z.number().int().nonnegative(),
    /** 99th percentile of the event loop's delay in the last second, milliseconds. */
    loop_delay_ms: z.number().nonnegative(),
    sequences: z.record(guildIdSchema, z.number().int().nonnegative()),
  }),
} as const satisfies Record<string, z.ZodType>;

export type EventAction = keyof typeof EVENTS;
export type EventData<A extends EventAction> = z.output<(typeof EVENTS)[A]>;

export function isEventAction(text: string): text is EventAction {
  return Object.hasOwn(EVENTS, text);
}
