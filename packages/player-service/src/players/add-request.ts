import { type CommandData, PlayerError, type RequestKey } from '@bandstand/protocol';
import type { Track } from '../sources/source.ts';
import type { TrackSources } from './ports.ts';
import type { QueueEntry } from './queue-entry.ts';

export interface AddRequestOptions {
  readonly key: RequestKey;
  readonly data: CommandData<'ADD_TO_QUEUE'>;
  /** Its place among the requests of the guild. */
  readonly ticket: number;
  readonly sources: TrackSources;
  /** Whose turn at the sources this takes: the guild. */
  readonly share: string;
  /** Entries taken from one playlist. */
  readonly playlistLimit: number;
  /** Queues one track. @throws PlayerError `QUEUE_FULL` */
  readonly enqueue: (
    track: Track,
    request: AddRequest,
    isFirst: boolean,
  ) => { readonly entry: QueueEntry; readonly queuePosition: number };
  /** After the first track, and once more when all are there. */
  readonly onProgress: (progress: AddProgress) => void;
}

export interface AddProgress {
  readonly first: QueueEntry;
  /** 0 = playing at once, 1 = next, … when it was added. */
  readonly queuePosition: number;
  readonly added: number;
  /** Entries the limits left out. */
  readonly skipped: number;
  readonly complete: boolean;
  readonly playlistName: string | null;
}

/** One `/play`: from the query to entries in the queue, a playlist's first track at once and the rest behind it. */
export class AddRequest {
  readonly #options: AddRequestOptions;
  readonly #abort = new AbortController();

  constructor(options: AddRequestOptions) {
    this.#options = options;
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

  cancel(): void {
    this.#abort.abort(new PlayerError('REQUEST_CANCELLED', 'a later command ended the request'));
  }

  async #addAll(tracks: AsyncIterable<Track> | Iterable<Track>, playlistName: string | null): Promise<void> {
    const { enqueue, onProgress, playlistLimit } = this.#options;
    let first: { readonly entry: QueueEntry; readonly queuePosition: number } | undefined;
    let added = 0;
    let skipped = 0;
    const progress = (complete: boolean) => {
      if (first === undefined) return;
      onProgress({
        first: first.entry,
        queuePosition: first.queuePosition,
        added,
        skipped,
        complete,
        playlistName,
      });
    };
    try {
      for await (const track of tracks) {
        this.#abort.signal.throwIfAborted();
        if (added >= playlistLimit) {
          skipped++;
          continue;
        }
        try {
          const queued = enqueue(track, this, first === undefined);
          added++;
          if (first !== undefined) continue;
          first = queued;
          if (playlistName !== null) progress(false);
        } catch (error) {
          if (!(error instanceof PlayerError && error.code === 'QUEUE_FULL' && first !== undefined))
            throw error;
          skipped++;
        }
      }
    } finally {
      progress(true); // also of a playlist that broke off half-way: what came before was added
    }
    if (first === undefined) throw new PlayerError('NOTHING_FOUND', 'the playlist is empty');
  }
}

function* repeat(track: Track, count: number): Iterable<Track> {
  for (let copy = 0; copy < count; copy++) yield track;
}
