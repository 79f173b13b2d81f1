/** What holds for a guild as a whole. The queue itself stands in `player_entries`. */
export interface GuildTable {
  guild_id: string;
  revision: number;
  /** How many of the guild's entries, in the order of their rank, were played already. */
  history_length: number;
  /** Of the entry behind the history, while it is the current one. */
  current_entry_id: string | null;
  is_paused: number;
  loop_mode: string;
  volume_percent: number;
  text_channel_id: string | null;
  voice_channel_id: string | null;
  last_ticket: number;
  /** The entry that was put back into the queue half-played, and where it goes on. */
  shelved_entry_id: string | null;
  shelved_position_ms: number;
  /** JSON: the filters that are on, by name. */
  filters: string;
  normalize: number;
  crossfade_ms: number;
}

/** History, current and upcoming entries of a guild as one list in the order of `rank`: playing on moves no row. */
export interface EntryTable {
  guild_id: string;
  row_id: number;
  rank: number;
  entry_id: string;
  ticket: number;
  /** JSON: track, requester and request key. */
  content: string;
}

/** Where a guild's current entry was last known to be. Written for all guilds at once every few seconds. */
export interface PositionTable {
  guild_id: string;
  entry_id: string | null;
  position_ms: number;
  at_ms: number;
}

/** What each request key was answered. */
export interface RequestTable {
  request_key: string;
  guild_id: string;
  /** JSON: the reply, or the code of the failure. */
  reply: string;
  stored_at_ms: number;
}

/** ADD_TO_QUEUE requests, which are acknowledged before they are done. */
export interface AdditionTable {
  request_key: string;
  guild_id: string;
  is_pending: number;
  /** JSON: the command, how far it came, and its outcome. */
  content: string;
  updated_at_ms: number;
}

/** How loud a track was found to be. */
export interface LoudnessTable {
  /** SHA-256 of source and identifier, in hex: identifiers are longer than an index takes. */
  track_key: string;
  /** `null` for silence. */
  integrated_lufs: number | null;
  true_peak_db: number;
  measured_at_ms: number;
}

/** Only column types that every supported database has. */
export interface PlayerSchema {
  player_guilds: GuildTable;
  player_entries: EntryTable;
  player_positions: PositionTable;
  player_requests: RequestTable;
  player_additions: AdditionTable;
  player_loudness: LoudnessTable;
}
