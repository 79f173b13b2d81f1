import { PlayerError } from '@bandstand/protocol';
import type { Clock } from '../clock.ts';
import type { Track } from '../sources/source.ts';
import type { MediaEngine, OpenMediaOptions, Playback, TrackSources } from './ports.ts';

export interface TrackOpenerOptions {
  readonly sources: TrackSources;
  readonly engine: MediaEngine;
  readonly clock: Clock;
  /** Whose turn at the sources this takes: the guild. */
  readonly share: string;
  /** Frames that must wait before a playback counts as opened. */
  readonly firstFrames: number;
  /** Tries in all, the first included. */
  readonly attempts: number;
  /** Before the second try; doubles with each further one. */
  readonly backoffMs: number;
}

export interface OpenTrackOptions extends OpenMediaOptions {
  /** Do not trust an address resolved earlier. */
  readonly fresh?: boolean | undefined;
  /** Milliseconds before the one try that is made; whoever says so counts the tries. */
  readonly waitMs?: number | undefined;
}

/** Playbacks that may be open at a time, and some more. */
const MAX_REMEMBERED = 8;

/** Turns a track into frames: asks its source where the bytes are, opens them, and asks again where that failed for a passing reason. */
export class TrackOpener {
  readonly #options: TrackOpenerOptions;
  /** The newest first. */
  #opened: readonly Playback[] = [];

  constructor(options: TrackOpenerOptions) {
    this.#options = options;
  }

  /**
   * @returns A playback whose first frames wait to be taken.
   * @throws {@link PlayerError} the last failure, or `signal.reason` once aborted.
   */
  async open(track: Track, options: OpenTrackOptions): Promise<Playback> {
    const { backoffMs } = this.#options;
    const attempts = options.waitMs ? 1 : this.#options.attempts;
    if (options.waitMs) await this.#wait(options.waitMs, options.signal);
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#openOnce(track, { ...options, fresh: options.fresh === true || attempt > 1 });
      } catch (error) {
        options.signal.throwIfAborted();
        if (attempt >= attempts || !isWorthAnother(error)) throw error;
      }
      await this.#wait(backoffMs * 2 ** (attempt - 1), options.signal);
    }
  }

  /** Lets the source find the bytes ahead of time; a failure is met again, and told, when the track is opened. */
  async warm(track: Track, signal: AbortSignal): Promise<void> {
    await this.#options.sources.resolve(track, { signal, share: this.#options.share }).catch(() => undefined);
  }

  async #openOnce(track: Track, options: OpenMediaOptions & { readonly fresh: boolean }): Promise<Playback> {
    const media = await this.#options.sources.resolve(track, {
      signal: options.signal,
      share: this.#options.share,
      fresh: options.fresh,
    });
    options.signal.throwIfAborted();
    const { startAtMs, sound, tailMs, signal } = options;
    const playback = await this.#options.engine.open(media, {
      startAtMs,
      sound,
      tailMs,
      signal,
      near: this.#opened,
    });
    this.#opened = [playback, ...this.#opened].slice(0, MAX_REMEMBERED);
    try {
      await playback.ready(this.#options.firstFrames);
      signal.throwIfAborted();
      return playback;
    } catch (error) {
      playback.close();
      throw error;
    }
  }

  #wait(ms: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const cancel = this.#options.clock.schedule(ms, resolve);
    const onAbort = () => {
      cancel();
      reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    return promise.finally(() => signal.removeEventListener('abort', onAbort));
  }
}

/** A server that was too slow for a whole deadline made people wait long enough. */
function isWorthAnother(error: unknown): boolean {
  return error instanceof PlayerError && error.retryable && error.code !== 'MEDIA_STALLED';
}
