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
  readonly #placements = new Map<StoredEntry, Placement>();
  #entries: readonly StoredEntry[] = [];
  #lastRowId = 0;

  constructor(guildId: string) {
    this.#guildId = guildId;
  }

  /** The entries of rows that were read, in order. */
  adopt(
    rows: readonly { readonly entry: StoredEntry; readonly rowId: number; readonly rank: number }[],
  ): void {
    this.#entries = rows.map(({ entry }) => entry);
    this.#placements.clear();
    for (const { entry, rowId, rank } of rows) this.#placements.set(entry, { rowId, rank });
    this.#lastRowId = rows.reduce((last, { rowId }) => Math.max(last, rowId), 0);
  }

  /** Of a long list in which little changed, only that part is looked at. */
  changesTo(entries: readonly StoredEntry[]): EntryChanges {
    const known = this.#entries;
    const most = Math.min(known.length, entries.length);
    let start = 0;
    while (start < most && known[start] === entries[start]) start++;
    let rest = 0;
    while (rest < most - start && known.at(-1 - rest) === entries.at(-1 - rest)) rest++;
    const changes = this.#changesBetween(start, rest, entries) ?? this.#changesBetween(0, 0, entries);
    if (changes === undefined) throw new Error('bug: a list of its own has room for any rank');
    return changes;
  }

  /**
   * @param start - So many entries at the beginning are the same, …
   * @param rest - … and so many at the end.
   * @returns `undefined` when there is no room for new ranks between those.
   */
  #changesBetween(start: number, rest: number, entries: readonly StoredEntry[]): EntryChanges | undefined {
    const placements = this.#placements;
    const known = this.#entries;
    const middle = entries.slice(start, entries.length - rest);
    const rankOf = (entry: StoredEntry) => placements.get(entry)?.rank;
    const before = known.slice(0, start).slice(-1).map(rankOf);
    const after = known
      .slice(known.length - rest)
      .slice(0, 1)
      .map(rankOf);
    const ranks = ranksInOrder([...before, ...middle.map(rankOf), ...after]);
    const hasRoom = before.every((rank) => ranks[0] === rank) && after.every((rank) => ranks.at(-1) === rank);
    if (!hasRoom) return undefined;

    const gone = new Set(known.slice(start, known.length - rest));
    const changed = new Map<StoredEntry, Placement>();
    const upserts: EntryTable[] = [];
    let lastRowId = this.#lastRowId;
    for (const [index, entry] of middle.entries()) {
      const placed = placements.get(entry);
      const isTwice = placed === undefined ? changed.has(entry) : !gone.delete(entry);
      if (isTwice) throw new Error('bug: an entry stands in the queue twice');
      const rank = ranks[before.length + index] as number;
      if (placed?.rank === rank) continue;
      const rowId = placed?.rowId ?? ++lastRowId;
      changed.set(entry, { rowId, rank });
      upserts.push(rowOf(this.#guildId, entry, rowId, rank));
    }
    const deletedRowIds = Array.from(gone, (entry) => (placements.get(entry) as Placement).rowId);
    const accept = () => {
      for (const entry of gone) placements.delete(entry);
      for (const [entry, placement] of changed) placements.set(entry, placement);
      this.#entries = entries;
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
