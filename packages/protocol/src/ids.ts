import { z } from 'zod';

/**
 * A Discord snowflake: decimal digits of an unsigned 64-bit integer, always a string.
 * An older peer may send an integer; the codec hands it over without loss (see `parse-json.ts`).
 * @see https://discord.com/developers/docs/reference#snowflakes
 */
const snowflake = z
  .union([z.string(), z.int().nonnegative()])
  .transform(String)
  .pipe(z.string().regex(/^\d{1,20}$/, 'not a snowflake'));

export const guildIdSchema = snowflake.brand<'GuildId'>();
export const channelIdSchema = snowflake.brand<'ChannelId'>();
export const userIdSchema = snowflake.brand<'UserId'>();

export type GuildId = z.infer<typeof guildIdSchema>;
export type ChannelId = z.infer<typeof channelIdSchema>;
export type UserId = z.infer<typeof userIdSchema>;

/** Names one entry of one queue for as long as it exists; made by the player. */
export const entryIdSchema = z.string().min(1).max(64).brand<'EntryId'>();
export type EntryId = z.infer<typeof entryIdSchema>;

/** Names one start of one player process: a new value means that nothing from before may be assumed. */
export const epochSchema = z.string().min(1).max(64).brand<'Epoch'>();
export type Epoch = z.infer<typeof epochSchema>;

/** Names one request for good (the Discord interaction id plus a step): the same key never has a second effect. */
export const requestKeySchema = z.string().min(1).max(128).brand<'RequestKey'>();
export type RequestKey = z.infer<typeof requestKeySchema>;
