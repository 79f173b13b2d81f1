import { type EntryId, PlayerError, type ReplyData } from '@bandstand/protocol';
import type { GuildQueue } from './guild-queue.ts';
import type { GuildUpdates } from './guild-updates.ts';
import { type QueueEntry, songOf } from './queue-entry.ts';
import type { QueueRunner } from './queue-runner.ts';
import type { TrackDeck } from './track-deck.ts';

export interface PlaybackCommandsOptions {
  readonly queue: GuildQueue;
  readonly runner: QueueRunner;
  readonly deck: TrackDeck;
  readonly updates: GuildUpdates;
}

/** The commands that steer the track that is on. */
export class PlaybackCommands {
  readonly #of: PlaybackCommandsOptions;

  constructor(options: PlaybackCommandsOptions) {
    this.#of = options;
  }

  skip(entryId: EntryId | null): ReplyData<'SKIP_SONG'> {
    const current = this.#requireCurrent(entryId);
    const next = this.#of.runner.moveOn('stopped');
    return { skipped: songOf(current), next: next === undefined ? null : songOf(next) };
  }

  previous(): ReplyData<'PREVIOUS'> {
    return { song: songOf(this.#of.runner.goBack()) };
  }

  pause(): ReplyData<'PAUSE'> {
    this.#requireCurrent();
    return this.#of.updates.settled(this.#of.deck.pause());
  }

  /** Also begins with a queue that was left standing. */
  resume(): ReplyData<'RESUME'> {
    if (this.#of.runner.begin()) return { changed: true };
    this.#requireCurrent();
    return this.#of.updates.settled(this.#of.deck.resume());
  }

  seek(positionMs: number, entryId: EntryId | null): ReplyData<'SEEK'> {
    const { track } = this.#requireCurrent(entryId);
    if (track.isLive) throw new PlayerError('NOT_SEEKABLE', 'a live stream cannot be seeked');
    if (track.durationMs !== undefined && positionMs >= track.durationMs) {
      throw new PlayerError('SEEK_OUT_OF_RANGE', `the track has ${Math.round(track.durationMs)} ms`, {
        details: { duration_ms: Math.round(track.durationMs), position_ms: positionMs },
      });
    }
    this.#of.deck.seek(positionMs);
    this.#of.updates.settled(true);
    return { position_ms: positionMs };
  }

  #requireCurrent(expected: EntryId | null = null): QueueEntry {
    const { current } = this.#of.queue;
    if (current === undefined) throw new PlayerError('NOTHING_PLAYING', 'there is no current track');
    if (expected !== null && expected !== current.entryId) {
      throw new PlayerError('ENTRY_CHANGED', 'the named entry is not the current one');
    }
    return current;
  }
}
