import { type CommandData, PlayerError, type RequestKey } from '@bandstand/protocol';
import type { Track } from '../sources/source.ts';
import type { AdditionProgress } from '../store/stored-guild.ts';
import type { TrackSources } from './ports.ts';

export interface AddRequestOptions {
  readonly key: RequestKey;
  readonly data: CommandData<'ADD_TO_QUEUE'>;
  /** Its place among the requests of the guild. */
  readonly ticket: number;
  /** How far it came in an earlier process. */
  readonly progress: AdditionProgress;
  readonly sources: TrackSources;
  /** Whose turn at the sources this takes: the guild. */
  readonly share: string;
  /** Entries taken from one playlist. */
  readonly playlistLimit: number;
  /** Takes over one track, in the guild's turn. @throws PlayerError `QUEUE_FULL` */
  readonly take: (request: AddRequest, track: Track, playlistName: string | null) => Promise<void>;
  /** Once all are there. */
  readonly onComplete: (request: AddRequest, playlistName: string | null) => Promise<void>;
}

export const NOTHING_ADDED: AdditionProgress = {
  taken: 0,
  added: 0,
  skipped: 0,
  song: null,
  queuePosition: 0,
};

/** One `/play`: from the query to entries in the queue, a playlist's first track at once and the rest behind it. */
export class AddRequest {
  readonly #options: AddRequestOptions;
  readonly #abort = new AbortController();
  progress: AdditionProgress;

  constructor(options: AddRequestOptions) {
    this.#options = options;
    this.progress = options.progress;
  }

  get key(): RequestKey {
    return this.#options.key;
  }

  get data(): CommandData<'ADD_TO_QUEUE'> {
    return this.#options.data;
  }

  get ticket(): number {
    return this.#options.ticket;
  }

  /**
   * @throws {@link PlayerError} when nothing could be added.
   * @throws the abort reason when it was cancelled.
   */
  async run(): Promise<void> {
    const { sources, data, share } = this.#options;
    const { signal } = this.#abort;
    const loaded = await sources.load(data.query, { signal, share });
    signal.throwIfAborted();
    switch (loaded.type) {
      case 'track':
        await this.#addAll(repeat(loaded.track, data.repeat_count), null);
        return;
      case 'playlist':
        await this.#addAll(loaded.tracks, loaded.name);
        return;
      case 'empty':
        throw new PlayerError('NOTHING_FOUND', 'the query has no result');
    }
  }

  throwIfCancelled(): void {
    this.#abort.signal.throwIfAborted();
  }

  cancel(): void {
    this.#abort.abort(new PlayerError('REQUEST_CANCELLED', 'a later command ended the request'));
  }

  async #addAll(tracks: AsyncIterable<Track> | Iterable<Track>, playlistName: string | null): Promise<void> {
    const { take, onComplete, playlistLimit } = this.#options;
    let dealtWith = this.progress.taken; // before a restart
    try {
      for await (const track of tracks) {
        this.throwIfCancelled();
        if (dealtWith > 0) {
          dealtWith--;
          continue;
        }
        if (this.progress.added >= playlistLimit) {
          this.#skip();
          continue;
        }
        try {
          await take(this, track, playlistName);
        } catch (error) {
          if (!(error instanceof PlayerError && error.code === 'QUEUE_FULL' && this.progress.song !== null))
            throw error;
          this.#skip();
        }
      }
    } finally {
      // Also of a playlist that broke off half-way: what came before was added.
      if (this.progress.song !== null) await onComplete(this, playlistName);
    }
    if (this.progress.song === null) throw new PlayerError('NOTHING_FOUND', 'the playlist is empty');
  }

  #skip(): void {
    const { taken, skipped } = this.progress;
    this.progress = { ...this.progress, taken: taken + 1, skipped: skipped + 1 };
  }
}

function* repeat(track: Track, count: number): Iterable<Track> {
  for (let copy = 0; copy < count; copy++) yield track;
}
