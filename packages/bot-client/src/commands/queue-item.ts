import { type EntryId, entryIdSchema, LIMITS, PlayerError } from '@bandstand/protocol';
import { clockTime } from '../views/clock-time.ts';
import { plainText } from '../views/hostile-text.ts';
import { EMBED_LIMITS } from '../views/view.ts';
import type { AutocompleteCall, Choice, PlayerOfCall } from './command.ts';

const MAX_CHOICES = 25;

/**
 * The entry that a typed position ("3") or a chosen entry id names.
 *
 * @throws {@link PlayerError} `ENTRY_NOT_FOUND`
 */
export async function entryOf(item: string, player: PlayerOfCall): Promise<EntryId> {
  const text = item.trim();
  if (!/^\d{1,6}$/.test(text)) {
    const entryId = entryIdSchema.safeParse(text);
    if (entryId.success) return entryId.data;
    throw new PlayerError('ENTRY_NOT_FOUND', 'neither a position nor an entry id');
  }
  const position = Number(text);
  if (position > 0) {
    const { queue } = await player.request('item', 'GET_STATE', {
      queue_offset: position - 1,
      queue_limit: 1,
    });
    const entry = queue[0];
    if (entry !== undefined) return entry.entry_id;
  }
  throw new PlayerError('ENTRY_NOT_FOUND', `no entry at position ${position}`);
}

/** The first upcoming entries whose title holds what was typed, or whose position it is. */
export async function suggestItems({ interaction, player }: AutocompleteCall): Promise<readonly Choice[]> {
  const typed = interaction.options.getFocused().trim().toLowerCase();
  const { queue } = await player.request('items', 'GET_STATE', { queue_limit: LIMITS.queuePageMax });
  return queue
    .map((song, index) => ({ song, position: String(index + 1) }))
    .filter(({ song, position }) => position === typed || song.title.toLowerCase().includes(typed))
    .slice(0, MAX_CHOICES)
    .map(({ song, position }) => {
      const duration = song.duration === null ? '' : ` (${clockTime(song.duration * 1_000)})`;
      const title = plainText(song.title, EMBED_LIMITS.choiceName - position.length - duration.length - 2);
      return { name: `${position}. ${title}${duration}`, value: song.entry_id };
    });
}
