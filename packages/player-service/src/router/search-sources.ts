import type { CommandOf, ReplyData } from '@bandstand/protocol';
import type { TrackSources } from '../players/ports.ts';
import { songFieldsOf } from '../players/queue-entry.ts';

export interface SearchOptions {
  readonly sources: Pick<TrackSources, 'search'>;
}

/** SEARCH: belongs to no guild's queue, so it waits for none. */
export async function searchSources(
  { guildId, data }: CommandOf<'SEARCH'>,
  { sources }: SearchOptions,
  signal: AbortSignal,
): Promise<ReplyData<'SEARCH'>> {
  const tracks = await sources.search(data.query, { limit: data.limit, signal, share: guildId });
  return { results: tracks.slice(0, data.limit).map(songFieldsOf) };
}
