import type {
  ChannelId,
  CommandData,
  EntryId,
  ErrorCode,
  ErrorDetails,
  Filters,
  GuildId,
  LoopMode,
  RequestKey,
  RequestOutcome,
  Song,
  UserId,
} from '@bandstand/protocol';

/** One entry of a queue as the store sees it. Known by identity: a changed entry is another object. */
export interface StoredEntry {
  readonly entryId: EntryId;
  /** Plain data without a signed address. */
  readonly track: object;
  readonly requester: { readonly id: UserId | null; readonly name: string };
  readonly requestKey: RequestKey | null;
  readonly ticket: number;
}

/** How a guild wants its music to sound. */
export interface StoredSound {
  readonly volumePercent: number;
  readonly filters: Filters;
  readonly normalize: boolean;
  readonly crossfadeMs: number;
}

/** Everything of a guild that outlives the process. */
export interface StoredGuild<Entry extends StoredEntry = StoredEntry> {
  readonly guildId: GuildId;
  readonly revision: number;
  /** Oldest first. */
  readonly history: readonly Entry[];
  readonly current: Entry | undefined;
  readonly upcoming: readonly Entry[];
  readonly isPaused: boolean;
  readonly loop: LoopMode;
  readonly sound: StoredSound;
  readonly textChannelId: ChannelId | null;
  readonly voiceChannelId: ChannelId | null;
  /** Of the current entry, and when that was known. */
  readonly positionMs: number;
  readonly atMs: number;
  readonly shelved: { readonly entryId: EntryId; readonly positionMs: number } | undefined;
  readonly lastTicket: number;
}

/** A position anchor alone, as it is written every few seconds. */
export interface StoredPosition {
  readonly guildId: GuildId;
  readonly entryId: EntryId | null;
  readonly positionMs: number;
  readonly atMs: number;
}

/** How far one ADD_TO_QUEUE came. */
export interface AdditionProgress {
  /** Tracks of its query that were dealt with, queued or not. */
  readonly taken: number;
  readonly added: number;
  /** Entries the limits left out. */
  readonly skipped: number;
  /** The first one queued. */
  readonly song: Song | null;
  /** 0 = playing at once, 1 = next, … when the first one was added. */
  readonly queuePosition: number;
}

/** One ADD_TO_QUEUE, acknowledged before it was done. */
export interface StoredAddition {
  readonly key: RequestKey;
  readonly ticket: number;
  readonly data: CommandData<'ADD_TO_QUEUE'>;
  readonly progress: AdditionProgress;
  readonly outcome: RequestOutcome;
  /** Whether work is left. */
  readonly isPending: boolean;
}

/** What a request key was answered. */
export type StoredReply =
  | {
      readonly status: 'success';
      readonly data: Readonly<Record<string, unknown>>;
      readonly revision: number;
    }
  | {
      readonly status: 'error';
      readonly code: ErrorCode;
      readonly message: string;
      readonly details: ErrorDetails;
    };
