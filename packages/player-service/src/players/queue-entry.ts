import type { EntryId, RequestKey, Song, UserId } from '@bandstand/protocol';
import { LIMITS } from '@bandstand/protocol';
import type { Track } from '../sources/source.ts';

export interface Requester {
  readonly id: UserId | null;
  readonly name: string;
}

/** A track that somebody asked for. Plain data. */
export interface QueueEntry {
  readonly entryId: EntryId;
  readonly track: Track;
  readonly requester: Requester;
  /** The request that added it; entries of one playlist share it. */
  readonly requestKey: RequestKey | null;
  /** Order in which the requests arrived, so that a slow extraction does not lose its place; 0 once a person moved the entry. */
  readonly ticket: number;
}

export function songOf(entry: QueueEntry): Song {
  const { track, requester } = entry;
  return {
    entry_id: entry.entryId,
    ...songFieldsOf(track),
    requester_id: requester.id,
    requester_name: clip(requester.name, LIMITS.nameCharacters),
  };
}

/** The fields that a queued song and a search result share. */
export function songFieldsOf(track: Track): Omit<Song, 'entry_id' | 'requester_id' | 'requester_name'> {
  return {
    url: clip(track.webpageUrl ?? track.identifier, LIMITS.urlCharacters),
    title: clip(track.title, LIMITS.titleCharacters),
    duration: track.durationMs === undefined ? null : track.durationMs / 1_000,
    thumbnail: shortUrl(track.thumbnailUrl),
    webpage_url: shortUrl(track.webpageUrl),
    channel: track.channel === undefined ? null : clip(track.channel, LIMITS.titleCharacters),
    view_count: track.viewCount ?? null,
    is_live: track.isLive,
    source: track.source,
  };
}

/** Cuts between characters, never inside one. */
function clip(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** A cut address would lead nowhere: rather none. */
function shortUrl(url: string | undefined): string | null {
  return url !== undefined && url.length <= LIMITS.urlCharacters ? url : null;
}
