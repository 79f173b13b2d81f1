import type { GuildSnapshot, RequestOutcome } from '@bandstand/protocol';
import type { Messages } from '../locales/messages.ts';
import { clockTime } from './clock-time.ts';
import { markdownText } from './hostile-text.ts';
import { announcement } from './notice.ts';
import { durationText, trackLink } from './track-text.ts';
import { COLOURS, type View } from './view.ts';

export type AddedOutcome = Extract<RequestOutcome, { readonly state: 'added' }>;

/** What ADD_TO_QUEUE led to: one track with its place, or a playlist with its count. */
export function addedView(
  outcome: AddedOutcome,
  startsInMs: number | null,
  notes: readonly string[],
  messages: Messages,
): View {
  const { play } = messages;
  const leftOut = outcome.skipped > 0 ? play.leftOut(outcome.skipped) : null;
  return announcement([added(outcome, startsInMs, messages), leftOut, ...notes], COLOURS.playing);
}

function added(outcome: AddedOutcome, startsInMs: number | null, messages: Messages): string {
  const { play } = messages;
  if (outcome.playlist_name !== null) {
    const name = markdownText(outcome.playlist_name, 200) || play.unnamedPlaylist;
    return outcome.complete ? play.playlist(outcome.added, name) : play.playlistGrowing(outcome.added, name);
  }
  const link = trackLink(outcome.song);
  const duration = durationText(outcome.song, messages);
  const what =
    outcome.added > 1 ? play.addedTimes(outcome.added, link, duration) : play.added(link, duration);
  if (outcome.queue_position === 0) return `${what}, ${play.playsNow}.`;
  const where = play.position(outcome.queue_position);
  return startsInMs === null
    ? `${what}, ${where}.`
    : `${what}, ${where}, ${play.startsIn(clockTime(startsInMs))}.`;
}

/**
 * When an entry at `queuePosition` (1 = next) begins, if nobody changes anything.
 *
 * @param positionMs - Inside the current track.
 * @returns `null` when something before it has no known end.
 */
export function startsInMs(
  snapshot: Pick<
    GuildSnapshot,
    'current_song' | 'queue' | 'queue_offset' | 'loop' | 'player_status' | 'position' | 'crossfade_ms'
  >,
  queuePosition: number,
  positionMs: number,
): number | null {
  const current = snapshot.current_song;
  if (current === null || current.duration === null || current.is_live) return null;
  if (snapshot.loop === 'track' || snapshot.player_status === 'paused') return null;
  const ahead = snapshot.queue.slice(0, queuePosition - 1);
  if (snapshot.queue_offset !== 0 || ahead.length < queuePosition - 1) return null;
  let totalMs = Math.max(0, current.duration * 1_000 - positionMs);
  for (const song of ahead) {
    if (song.duration === null || song.is_live) return null;
    totalMs += song.duration * 1_000;
  }
  return Math.max(0, totalMs / snapshot.position.speed - queuePosition * snapshot.crossfade_ms);
}
