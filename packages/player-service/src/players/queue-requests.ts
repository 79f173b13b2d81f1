import { type CommandData, PlayerError, type RequestKey, type RequestOutcome } from '@bandstand/protocol';
import type { Logger } from 'pino';
import type { Track } from '../sources/source.ts';
import type { StoredAddition } from '../store/stored-guild.ts';
import { AddRequest, NOTHING_ADDED } from './add-request.ts';
import type { ChangeScope } from './change-scope.ts';
import type { TrackSources } from './ports.ts';
import { type QueueEntry, songOf } from './queue-entry.ts';
import { RequestOutcomes } from './request-outcomes.ts';

export interface QueueRequestsOptions {
  readonly sources: TrackSources;
  readonly share: string;
  readonly log: Logger;
  /** Requests being resolved at the same time. */
  readonly limit: number;
  readonly playlistEntries: number;
  readonly scope: ChangeScope;
  /** Carries out what happened, in the guild's turn. Rejects once the player is destroyed. */
  readonly happened: (apply: () => void) => Promise<void>;
  /** Queues one track. @throws PlayerError `QUEUE_FULL` */
  readonly enqueue: (
    track: Track,
    request: AddRequest,
  ) => { readonly entry: QueueEntry; readonly queuePosition: number };
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
  /** Changed since the last commit, by key. */
  readonly #changed = new Map<RequestKey, StoredAddition>();
  #lastTicket = 0;
  #closed = false;

  constructor(options: QueueRequestsOptions) {
    this.#options = options;
  }

  get pending(): number {
    return this.#pending.size;
  }

  get lastTicket(): number {
    return this.#lastTicket;
  }

  /** What a commit has to write, and what takes it for written. */
  changedAdditions(): { readonly additions: readonly StoredAddition[]; readonly accept: () => void } {
    const additions = [...this.#changed.values()];
    const accept = () => {
      for (const addition of additions) {
        if (this.#changed.get(addition.key) === addition) this.#changed.delete(addition.key);
      }
    };
    return { additions, accept };
  }

  outcomeOf(key: RequestKey): RequestOutcome {
    return this.#outcomes.get(key);
  }

  /** @throws {@link PlayerError} `PLAYER_BUSY` */
  add(key: RequestKey, data: CommandData<'ADD_TO_QUEUE'>): RequestOutcome {
    const { limit, scope } = this.#options;
    if (this.#pending.size >= limit) {
      throw new PlayerError('PLAYER_BUSY', 'too many requests of this guild are being resolved');
    }
    const request = this.#request({ key, data, ticket: ++this.#lastTicket, progress: NOTHING_ADDED });
    this.#pending.add(request);
    this.#note(request, { key, state: 'pending' });
    scope.onUndo(() => {
      this.#pending.delete(request);
      this.#changed.delete(key);
      this.#outcomes.forget(key);
      this.#lastTicket--;
    });
    scope.afterCommit(() => void this.#settle(request));
    return this.#outcomes.get(key);
  }

  /** Goes on with what an earlier process had acknowledged and not done, and remembers what it had. */
  restore(additions: readonly StoredAddition[], lastTicket: number): void {
    this.#lastTicket = lastTicket;
    for (const addition of additions) {
      this.#outcomes.set(addition.outcome);
      if (!addition.isPending) continue;
      const request = this.#request(addition);
      this.#pending.add(request);
      void this.#settle(request);
    }
  }

  cancelAll(): void {
    for (const request of this.#pending) {
      const { key } = request;
      const before = this.#changed.get(key);
      // Durable together with the command that ends them; it is told when they notice.
      const error = new PlayerError('REQUEST_CANCELLED', 'a later command ended the request');
      this.#changed.set(key, this.#stored(request, this.#endOf(request, error)));
      this.#options.scope.onUndo(() => {
        if (before === undefined) this.#changed.delete(key);
        else this.#changed.set(key, before);
      });
      this.#options.scope.afterCommit(() => request.cancel());
    }
  }

  /** Ends what runs; it is taken up again by the next process. */
  close(): void {
    this.#closed = true;
    for (const request of this.#pending) request.cancel();
  }

  #request(about: Pick<StoredAddition, 'key' | 'data' | 'ticket' | 'progress'>): AddRequest {
    const { sources, share, playlistEntries, happened } = this.#options;
    return new AddRequest({
      ...about,
      sources,
      share,
      playlistLimit: Math.max(playlistEntries, about.data.repeat_count),
      take: (request, track, playlistName) => happened(() => this.#take(request, track, playlistName)),
      onComplete: async (request, playlistName) => {
        if (this.#closed) return;
        await happened(() => this.#tell(request, { complete: true, playlistName }));
      },
    });
  }

  #take(request: AddRequest, track: Track, playlistName: string | null): void {
    request.throwIfCancelled();
    const { progress } = request;
    const { entry, queuePosition } = this.#options.enqueue(track, request);
    const isFirst = progress.song === null;
    request.progress = {
      taken: progress.taken + 1,
      added: progress.added + 1,
      skipped: progress.skipped,
      song: progress.song ?? songOf(entry),
      queuePosition: isFirst ? queuePosition : progress.queuePosition,
    };
    if (isFirst && playlistName !== null) this.#tell(request, { complete: false, playlistName });
    else this.#changed.set(request.key, this.#stored(request, this.#outcomes.get(request.key)));
  }

  async #settle(request: AddRequest): Promise<void> {
    const { happened, onSettled } = this.#options;
    let failure: unknown;
    try {
      await request.run();
    } catch (error) {
      failure = error;
    }
    if (this.#closed) return;
    await happened(() => {
      if (failure !== undefined) this.#failed(request, failure);
      this.#pending.delete(request);
      onSettled();
    }).catch((error: unknown) => {
      this.#pending.delete(request);
      if (!this.#closed) this.#options.log.error({ err: error }, 'a request could not be ended');
    });
  }

  #tell(
    request: AddRequest,
    how: { readonly complete: boolean; readonly playlistName: string | null },
  ): void {
    const { song, added, skipped, queuePosition } = request.progress;
    if (song === null) return;
    const { complete, playlistName } = how;
    const outcome: RequestOutcome = {
      key: request.key,
      state: 'added',
      song,
      added,
      complete,
      playlist_name: playlistName,
      queue_position: queuePosition,
      skipped,
    };
    this.#note(request, outcome, !complete);
    this.#options.onAdded(outcome);
  }

  #failed(request: AddRequest, cause: unknown): void {
    const { key } = request;
    const { log, onFailed } = this.#options;
    if (request.progress.song !== null) {
      log.warn({ err: cause, requestKey: key }, 'playlist ended early');
      return;
    }
    const error =
      cause instanceof PlayerError ? cause : new PlayerError('INTERNAL', 'the request failed', { cause });
    if (error.code === 'INTERNAL') log.error({ err: cause, requestKey: key }, 'request failed');
    else log.info({ err: error, requestKey: key }, 'nothing was added');
    this.#note(request, this.#endOf(request, error), false);
    onFailed(key, error);
  }

  /** What becomes of a request that ends with an error. */
  #endOf({ key, progress }: AddRequest, error: PlayerError): RequestOutcome {
    const known = this.#outcomes.get(key);
    if (known.state === 'added') return { ...known, added: progress.added, complete: true };
    const { code, retryable, message, details } = error;
    return { key, state: 'failed', code, retryable, message, details: { ...details } };
  }

  #note(request: AddRequest, outcome: RequestOutcome, isPending = true): void {
    this.#outcomes.set(outcome);
    this.#changed.set(request.key, this.#stored(request, outcome, isPending));
  }

  #stored(
    { key, ticket, data, progress }: AddRequest,
    outcome: RequestOutcome,
    isPending = outcome.state === 'pending' || (outcome.state === 'added' && !outcome.complete),
  ): StoredAddition {
    return { key, ticket, data, progress, outcome, isPending };
  }
}
