import { z } from 'zod';
import { entryIdSchema, userIdSchema } from './ids.ts';
import { LIMITS } from './limits.ts';

/**
 * A queue entry as the bot shows it. The first system's field names stay, `duration` in seconds among them.
 * No field ever holds a signed media URL.
 */
export const songSchema = z.object({
  entry_id: entryIdSchema,
  /** What plays it again: the page's address, the direct media address, or a file's name under the music root. */
  url: z.string().max(LIMITS.urlCharacters),
  title: z.string().max(LIMITS.titleCharacters),
  /** Seconds, with a fraction; `null` when unknown or live. */
  duration: z.number().nonnegative().nullable(),
  thumbnail: z.string().max(LIMITS.urlCharacters).nullable(),
  /** A page a person may open. */
  webpage_url: z.string().max(LIMITS.urlCharacters).nullable(),
  channel: z.string().max(LIMITS.titleCharacters).nullable(),
  view_count: z.number().int().nonnegative().nullable(),
  requester_id: userIdSchema.nullable(),
  requester_name: z.string().max(LIMITS.nameCharacters),
  is_live: z.boolean(),
  /** Which source resolved it. */
  source: z.string().max(32),
});
export type Song = z.infer<typeof songSchema>;

/** A search hit: a song that nobody queued yet. `url` is what ADD_TO_QUEUE takes as its query. */
export const searchResultSchema = songSchema.omit({
  entry_id: true,
  requester_id: true,
  requester_name: true,
});
export type SearchResult = z.infer<typeof searchResultSchema>;
