import { z } from 'zod';
import type { CommandAction, CommandData } from './commands.ts';
import { type ErrorCode, PlayerError } from './errors.ts';
import type { EventAction, EventData } from './events.ts';
import { errorDetailsSchema } from './events.ts';
import {
  type Epoch,
  epochSchema,
  type GuildId,
  guildIdSchema,
  type RequestKey,
  requestKeySchema,
} from './ids.ts';
import { LIMITS } from './limits.ts';

/** Seconds since 1970 with a fraction, the first system's clock format. */
const timestamp = z.number().nonnegative();

export const commandEnvelopeSchema = z.object({
  /** Protocol version; a peer from before versions sends none. */
  v: z.number().int().nonnegative().default(0),
  type: z.literal('command'),
  action: z.string().max(64),
  guild_id: guildIdSchema.nullish(),
  data: z.record(z.string(), z.unknown()).default({}),
  timestamp: timestamp.default(0),
  /** Without a key a repeat cannot be told from a new request. */
  key: requestKeySchema.nullish(),
  /** The player drops the command when it could not begin within this time. Relative, so that clocks may differ. */
  ttl_ms: z.number().int().positive().max(LIMITS.ttlMs).nullish(),
});

export const replyEnvelopeSchema = z.discriminatedUnion('status', [
  z.object({
    v: z.number().int().nonnegative().default(0),
    status: z.literal('success'),
    data: z.record(z.string(), z.unknown()).default({}),
    key: requestKeySchema.nullish(),
    epoch: epochSchema.nullish(),
    /** Revision of the guild's state after the command. */
    revision: z.number().int().nonnegative().nullish(),
  }),
  z.object({
    v: z.number().int().nonnegative().default(0),
    status: z.literal('error'),
    message: z.string().max(1_000),
    code: z.string().max(64).default('INTERNAL'),
    retryable: z.boolean().default(false),
    details: errorDetailsSchema.default({}),
    key: requestKeySchema.nullish(),
    epoch: epochSchema.nullish(),
    revision: z.number().int().nonnegative().nullish(),
  }),
]);

export const eventEnvelopeSchema = z.object({
  v: z.number().int().nonnegative().default(0),
  type: z.literal('event'),
  action: z.string().max(64),
  guild_id: guildIdSchema.nullable(),
  data: z.record(z.string(), z.unknown()),
  timestamp,
  epoch: epochSchema,
  /** +1 for each event of the guild within an epoch, beginning with 1; 0 for HEARTBEAT. */
  sequence: z.number().int().nonnegative(),
  /** Of the guild's state when the event was made. */
  revision: z.number().int().nonnegative(),
});

/** A command that passed every check, as the player handles it. */
export type Command = {
  [A in CommandAction]: {
    readonly action: A;
    readonly data: CommandData<A>;
    readonly guildId: A extends 'HELLO' ? GuildId | null : GuildId;
    readonly key: RequestKey | null;
    readonly ttlMs: number;
    readonly v: number;
  };
}[CommandAction];

export type CommandOf<A extends CommandAction> = Extract<Command, { readonly action: A }>;

/** An event that passed every check, as the bot handles it. */
export type PlayerEvent = {
  [A in EventAction]: {
    readonly action: A;
    readonly data: EventData<A>;
    readonly guildId: A extends 'HEARTBEAT' ? null : GuildId;
    readonly epoch: Epoch;
    readonly sequence: number;
    readonly revision: number;
    /** Epoch milliseconds of the player's clock. */
    readonly atMs: number;
  };
}[EventAction];

export type PlayerEventOf<A extends EventAction> = Extract<PlayerEvent, { readonly action: A }>;

/** A reply before its data was checked against the action it answers. */
export type Reply = SuccessReply | ErrorReply;

interface ReplyHead {
  readonly key: RequestKey | null;
  readonly epoch: Epoch | null;
  readonly revision: number | null;
}

export interface SuccessReply extends ReplyHead {
  readonly status: 'success';
  readonly data: Readonly<Record<string, unknown>>;
}

export interface ErrorReply extends ReplyHead {
  readonly status: 'error';
  readonly error: PlayerError;
}

/** A failure while reading a command; what could be read of its key is kept so that the reply finds its request. */
export class CommandRefused extends PlayerError {
  readonly key: RequestKey | null;

  constructor(
    code: ErrorCode,
    message: string,
    key: RequestKey | null,
    options: { readonly cause?: unknown } = {},
  ) {
    super(code, message, options);
    this.key = key;
  }
}
