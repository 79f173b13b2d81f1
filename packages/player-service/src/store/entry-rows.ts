import { ranksInOrder } from './entry-order.ts';
import type { EntryTable } from './schema.ts';
import type { StoredEntry } from './stored-guild.ts';

interface Placement {
  readonly rowId: number;
  readonly rank: number;
}

/** What has to be written so that the rows show a list of entries. */
export interface EntryChanges {
  readonly upserts: readonly EntryTable[];
  readonly deletedRowIds: readonly number[];
  /** Takes the changes over, once they are committed. */
  readonly accept: () => void;
}

/** Which row holds which entry of one guild, as of the last commit. */
export class EntryRows {
  readonly #guildId: string;
  #placements: ReadonlyMap<StoredEntry, Placement> = new Map();
  #lastRowId = 0;

  constructor(guildId: string) {
    this.#guildId = guildId;
  }

  /** The entry of a row that was read. */
  adopt(
    rows: readonly { readonly entry: StoredEntry; readonly rowId: number; readonly rank: number }[],
  ): void {
    this.#placements = new Map(rows.map(({ entry, rowId, rank }) => [entry, { rowId, rank }]));
    this.#lastRowId = rows.reduce((last, { rowId }) => Math.max(last, rowId), 0);
  }

  changesTo(entries: readonly StoredEntry[]): EntryChanges {
    const known = this.#placements;
    const ranks = ranksInOrder(entries.map((entry) => known.get(entry)?.rank));
    const next = new Map<StoredEntry, Placement>();
    const upserts: EntryTable[] = [];
    let lastRowId = this.#lastRowId;
    for (const [index, entry] of entries.entries()) {
      const rank = ranks[index] as number;
      const before = known.get(entry);
      if (before?.rank === rank) {
        next.set(entry, before);
        continue;
      }
      const rowId = before?.rowId ?? ++lastRowId;
      next.set(entry, { rowId, rank });
      upserts.push(rowOf(this.#guildId, entry, rowId, rank));
    }
    if (next.size !== entries.length) throw new Error('bug: an entry stands in the queue twice');
    const deletedRowIds: number[] = [];
    for (const [entry, { rowId }] of known) if (!next.has(entry)) deletedRowIds.push(rowId);
    const accept = () => {
      this.#placements = next;
      this.#lastRowId = lastRowId;
    };
    return { upserts, deletedRowIds, accept };
  }
}

function rowOf(guildId: string, entry: StoredEntry, rowId: number, rank: number): EntryTable {
  const { entryId, ticket, track, requester, requestKey } = entry;
  return {
    guild_id: guildId,
    row_id: rowId,
    rank,
    entry_id: entryId,
    ticket,
    content: JSON.stringify({ track, requester, requestKey }),
  };
}

export function entryOf(row: EntryTable): StoredEntry {
  const { track, requester, requestKey } = JSON.parse(row.content) as Pick<
    StoredEntry,
    'track' | 'requester' | 'requestKey'
  >;
  return {
    entryId: row.entry_id as StoredEntry['entryId'],
    ticket: row.ticket,
    track,
    requester,
    requestKey,
  };
}
