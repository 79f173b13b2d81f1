import {
  type ChannelId,
  type EntryId,
  type GuildId,
  type LoopMode,
  type RequestKey,
  toldFiltersSchema,
} from '@bandstand/protocol';
import type { Compilable, Insertable } from 'kysely';
import { AdditionStore } from './addition-store.ts';
import { inChunks } from './chunks.ts';
import type { PlayerDatabase, Statements, Transaction } from './database.ts';
import { type EntryChanges, EntryRows, entryOf } from './entry-rows.ts';
import { keyText } from './key-text.ts';
import { RequestStore, type RequestToStore } from './request-store.ts';
import type { GuildTable, PositionTable } from './schema.ts';
import type { StoredAddition, StoredEntry, StoredGuild, StoredPosition } from './stored-guild.ts';

/** What becomes durable together with a guild's state. */
export interface GuildCommit {
  readonly guild: StoredGuild;
  readonly additions: readonly StoredAddition[];
  readonly request?: RequestToStore | undefined;
}

/** Keeps the guilds across restarts. Commits of one guild must not overlap. */
export class GuildStore {
  readonly #database: PlayerDatabase;
  readonly #rows = new Map<GuildId, EntryRows>();
  /** Guilds whose last commit failed, with its requests: a connection that broke may have hidden that it succeeded. */
  readonly #inDoubt = new Map<GuildId, readonly RequestKey[]>();

  constructor(database: PlayerDatabase) {
    this.#database = database;
  }

  /**
   * State, changed additions and the reply in one transaction.
   *
   * @throws PlayerError `STORE_UNAVAILABLE`: nothing of it was written.
   */
  async commit({ guild, additions, request }: GuildCommit): Promise<void> {
    const { guildId, atMs } = guild;
    const doubted = this.#inDoubt.get(guildId);
    if (doubted !== undefined) this.#rows.delete(guildId);
    const played = guild.current === undefined ? guild.history : [...guild.history, guild.current];
    const changes = this.#rowsOf(guildId).changesTo([...played, ...guild.upcoming]);
    try {
      await this.#database.write(function* (statements) {
        yield upsertGuild(statements, guild); // first: it waits for a commit in doubt that is still under way
        if (doubted !== undefined) yield* deleteDoubted(statements, guildId, doubted);
        yield* writeEntries(statements, guildId, changes);
        const { current, positionMs } = guild;
        yield upsertPositions(statements, [{ guildId, entryId: current?.entryId ?? null, positionMs, atMs }]);
        yield* AdditionStore.write(statements, guildId, additions, atMs);
        if (request !== undefined) yield RequestStore.write(statements, guildId, request, atMs);
      });
    } catch (error) {
      const keys = new Set([...(doubted ?? []), ...(request === undefined ? [] : [request.key])]);
      this.#inDoubt.set(guildId, [...keys]);
      throw error;
    }
    changes.accept();
    this.#inDoubt.delete(guildId);
  }

  /** Whether a stored reply to this request belongs to a change that was taken back. */
  isInDoubt(guildId: GuildId, key: RequestKey): boolean {
    return this.#inDoubt.get(guildId)?.includes(key) === true;
  }

  /** Position anchors alone, of all guilds at once. @throws PlayerError `STORE_UNAVAILABLE` */
  async savePositions(positions: readonly StoredPosition[]): Promise<void> {
    if (positions.length === 0) return;
    await this.#database.write(function* (statements) {
      for (const chunk of inChunks(positions)) yield upsertPositions(statements, chunk);
    });
  }

  /** Every guild, as it was committed last. @throws PlayerError `STORE_UNAVAILABLE` */
  async loadAll(): Promise<StoredGuild[]> {
    return this.#database.transaction(async (tx) => {
      const guilds = await tx.selectFrom('player_guilds').selectAll().execute();
      const loaded: StoredGuild[] = [];
      for (const guild of guilds) loaded.push(await this.#load(tx, guild));
      return loaded;
    });
  }

  async #load(tx: Transaction, row: GuildTable): Promise<StoredGuild> {
    const guildId = row.guild_id as GuildId;
    const rows = await tx
      .selectFrom('player_entries')
      .selectAll()
      .where('guild_id', '=', guildId)
      .orderBy('rank')
      .execute();
    const entries = rows.map(entryOf);
    this.#rowsOf(guildId).adopt(
      rows.map(({ row_id, rank }, index) => ({ entry: entries[index] as StoredEntry, rowId: row_id, rank })),
    );
    const position = await tx
      .selectFrom('player_positions')
      .selectAll()
      .where('guild_id', '=', guildId)
      .executeTakeFirst();
    return guildOf(row, entries, position);
  }

  #rowsOf(guildId: GuildId): EntryRows {
    let rows = this.#rows.get(guildId);
    if (rows === undefined) {
      rows = new EntryRows(guildId);
      this.#rows.set(guildId, rows);
    }
    return rows;
  }
}

function guildOf(
  row: GuildTable,
  entries: readonly StoredEntry[],
  position: PositionTable | undefined,
): StoredGuild {
  const hasCurrent = row.current_entry_id !== null;
  const upcomingFrom = row.history_length + (hasCurrent ? 1 : 0);
  const shelvedId = row.shelved_entry_id as EntryId | null;
  return {
    guildId: row.guild_id as GuildId,
    revision: row.revision,
    history: entries.slice(0, row.history_length),
    current: hasCurrent ? entries[row.history_length] : undefined,
    upcoming: entries.slice(upcomingFrom),
    isPaused: row.is_paused === 1,
    loop: row.loop_mode as LoopMode,
    sound: {
      volumePercent: row.volume_percent,
      // Another version may have known filters that this one does not: those are off.
      filters: toldFiltersSchema.parse(JSON.parse(row.filters)),
      normalize: row.normalize === 1,
      crossfadeMs: row.crossfade_ms,
    },
    textChannelId: row.text_channel_id as ChannelId | null,
    voiceChannelId: row.voice_channel_id as ChannelId | null,
    // An anchor of another entry says nothing about this one.
    positionMs: position?.entry_id === row.current_entry_id ? (position?.position_ms ?? 0) : 0,
    atMs: position?.at_ms ?? 0,
    shelved: shelvedId === null ? undefined : { entryId: shelvedId, positionMs: row.shelved_position_ms },
    lastTicket: row.last_ticket,
  };
}

/** Removes what a commit in doubt may have left; the commit at hand writes the guild anew. */
function* deleteDoubted(
  statements: Statements,
  guildId: GuildId,
  keys: readonly RequestKey[],
): Generator<Compilable> {
  yield statements.deleteFrom('player_entries').where('guild_id', '=', guildId);
  for (const chunk of inChunks(keys.map(keyText))) {
    yield statements.deleteFrom('player_requests').where('request_key', 'in', chunk);
    yield statements.deleteFrom('player_additions').where('request_key', 'in', chunk);
  }
}

function upsertGuild(statements: Statements, guild: StoredGuild): Compilable {
  const values: Omit<Insertable<GuildTable>, 'guild_id'> = {
    revision: guild.revision,
    history_length: guild.history.length,
    current_entry_id: guild.current?.entryId ?? null,
    is_paused: guild.isPaused ? 1 : 0,
    loop_mode: guild.loop,
    volume_percent: guild.sound.volumePercent,
    filters: JSON.stringify(guild.sound.filters),
    normalize: guild.sound.normalize ? 1 : 0,
    crossfade_ms: guild.sound.crossfadeMs,
    text_channel_id: guild.textChannelId,
    voice_channel_id: guild.voiceChannelId,
    last_ticket: guild.lastTicket,
    shelved_entry_id: guild.shelved?.entryId ?? null,
    shelved_position_ms: guild.shelved?.positionMs ?? 0,
  };
  return statements
    .insertInto('player_guilds')
    .values({ guild_id: guild.guildId, ...values })
    .onConflict((conflict) => conflict.column('guild_id').doUpdateSet(values));
}

function* writeEntries(
  statements: Statements,
  guildId: GuildId,
  changes: EntryChanges,
): Generator<Compilable> {
  for (const rowIds of inChunks(changes.deletedRowIds)) {
    yield statements
      .deleteFrom('player_entries')
      .where('guild_id', '=', guildId)
      .where('row_id', 'in', rowIds);
  }
  for (const rows of inChunks(changes.upserts)) {
    yield statements
      .insertInto('player_entries')
      .values(rows)
      .onConflict((conflict) =>
        conflict.columns(['guild_id', 'row_id']).doUpdateSet(({ ref }) => ({ rank: ref('excluded.rank') })),
      );
  }
}

function upsertPositions(statements: Statements, positions: readonly StoredPosition[]): Compilable {
  return statements
    .insertInto('player_positions')
    .values(
      positions.map(({ guildId, entryId, positionMs, atMs }) => ({
        guild_id: guildId,
        entry_id: entryId,
        position_ms: positionMs,
        at_ms: atMs,
      })),
    )
    .onConflict((conflict) =>
      conflict.column('guild_id').doUpdateSet(({ ref }) => ({
        entry_id: ref('excluded.entry_id'),
        position_ms: ref('excluded.position_ms'),
        at_ms: ref('excluded.at_ms'),
      })),
    );
}
