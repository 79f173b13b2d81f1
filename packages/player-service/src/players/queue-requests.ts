import { type CommandData, PlayerError, type RequestKey, type RequestOutcome } from '@bandstand/protocol';
import type { Logger } from 'pino';
import { type AddProgress, AddRequest, type AddRequestOptions } from './add-request.ts';
import type { TrackSources } from './ports.ts';
import { songOf } from './queue-entry.ts';
import { RequestOutcomes } from './request-outcomes.ts';

export interface QueueRequestsOptions {
  readonly sources: TrackSources;
  readonly share: string;
  readonly log: Logger;
  /** Requests being resolved at the same time. */
  readonly limit: number;
  readonly playlistEntries: number;
  readonly enqueue: AddRequestOptions['enqueue'];
  /** Entries were added. */
  readonly onAdded: (outcome: RequestOutcome) => void;
  /** Nothing was added. */
  readonly onFailed: (key: RequestKey, error: PlayerError) => void;
  /** One less is being resolved. */
  readonly onSettled: () => void;
}

const REMEMBERED = { max: 1_000, ttlMs: 24 * 3_600_000 };

/** The `/play`s of one guild that are being resolved, and what became of the earlier ones. */
export class QueueRequests {
  readonly #options: QueueRequestsOptions;
  readonly #outcomes = new RequestOutcomes(REMEMBERED);
  readonly #pending = new Set<AddRequest>();
  #lastTicket = 0;

  constructor(options: QueueRequestsOptions) {
    this.#options = options;
  }

  get pending(): number {
    return this.#pending.size;
  }

  outcomeOf(key: RequestKey): RequestOutcome {
    return this.#outcomes.get(key);
  }

  /** @throws {@link PlayerError} `PLAYER_BUSY` */
  add(key: RequestKey, data: CommandData<'ADD_TO_QUEUE'>): RequestOutcome {
    const { limit, sources, share, playlistEntries, enqueue } = this.#options;
    if (this.#pending.size >= limit) {
      throw new PlayerError('PLAYER_BUSY', 'too many requests of this guild are being resolved');
    }
    const request = new AddRequest({
      key,
      data,
      ticket: ++this.#lastTicket,
      sources,
      share,
      playlistLimit: Math.max(playlistEntries, data.repeat_count),
      enqueue,
      onProgress: (progress) => this.#added(key, progress),
    });
    this.#pending.add(request);
    this.#outcomes.set({ key, state: 'pending' });
    void this.#settle(request);
    return this.#outcomes.get(key);
  }

  cancelAll(): void {
    for (const request of this.#pending) request.cancel();
  }

  async #settle(request: AddRequest): Promise<void> {
    try {
      await request.run();
    } catch (error) {
      this.#failed(request.key, error);
    } finally {
      this.#pending.delete(request);
      this.#options.onSettled();
    }
  }

  #added(key: RequestKey, progress: AddProgress): void {
    const { first, added, complete, playlistName, queuePosition, skipped } = progress;
    this.#tell({
      key,
      state: 'added',
      song: songOf(first),
      added,
      complete,
      playlist_name: playlistName,
      queue_position: queuePosition,
      skipped,
    });
  }

  #failed(key: RequestKey, cause: unknown): void {
    if (this.#outcomes.get(key).state === 'added') {
      this.#options.log.warn({ err: cause, requestKey: key }, 'playlist ended early');
      return;
    }
    const error =
      cause instanceof PlayerError ? cause : new PlayerError('INTERNAL', 'the request failed', { cause });
    if (error.code === 'INTERNAL') this.#options.log.error({ err: cause, requestKey: key }, 'request failed');
    else this.#options.log.info({ err: error, requestKey: key }, 'nothing was added');
    const { code, retryable, message, details } = error;
    this.#outcomes.set({ key, state: 'failed', code, retryable, message, details: { ...details } });
    this.#options.onFailed(key, error);
  }

  #tell(outcome: RequestOutcome): void {
    this.#outcomes.set(outcome);
    this.#options.onAdded(outcome);
  }
}
