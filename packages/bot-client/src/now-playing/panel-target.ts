import type { EntryId, GuildSnapshot } from '@bandstand/protocol';
import type { Messages } from '../locales/messages.ts';
import { nowPlayingPanel } from '../views/now-playing-view.ts';
import type { View } from '../views/view.ts';

/** What the channel should show: nothing, what it shows already, or a panel. */
export type PanelTarget = 'none' | 'keep' | PanelContent;

export interface PanelContent {
  readonly channelId: string;
  readonly entryId: EntryId;
  readonly view: View;
  /** Differs when something but the passing of time changed. */
  readonly fingerprint: string;
}

/** Positions that differ by less are the same track running on. */
const JUMP_MS = 3_000;

/** @param positionMs - Inside the current track now. */
export function panelTarget(
  snapshot: GuildSnapshot | null,
  shownEntryId: EntryId | null,
  positionMs: number,
  messages: Messages,
): PanelTarget {
  if (snapshot === null) return 'keep';
  const { current_song: song, text_channel_id: channelId, player_status: status } = snapshot;
  if (song === null || status === 'idle') return 'none';
  if (channelId === null) return 'keep';
  // The panel moves when the new track is heard, not while it is fetched; one that is shown stays through a seek.
  if (status === 'loading' && song.entry_id !== shownEntryId) return 'keep';
  const content = { ...snapshot, current_song: song };
  const timeless = nowPlayingPanel(content, 0, messages);
  const { position } = snapshot;
  const anchor = position.moving ? position.at - position.position_ms / position.speed : position.position_ms;
  return {
    channelId,
    entryId: song.entry_id,
    view: nowPlayingPanel(content, positionMs, messages),
    fingerprint: JSON.stringify([timeless, position.moving, Math.round(anchor / JUMP_MS)]),
  };
}
