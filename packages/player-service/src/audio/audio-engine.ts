import { PlayerError } from '@bandstand/protocol';
import type { Logger } from 'pino';
import { AudioWorker } from './audio-worker.ts';
import type { Media } from './media.ts';
import type { OpusEncoderSettings } from './opus-codec.ts';
import type { Playback } from './playback.ts';
import { checkSound, type SoundSettings } from './sound.ts';
import type { AudioLimits, ThreadLoad, ThreadSettings } from './thread/messages.ts';

export interface AudioEngineOptions {
  /** Audio threads; one per core is right. */
  readonly workers: number;
  /** Absolute, or a bare name that is looked up in `searchPath`. */
  readonly ffmpegPath: string;
  readonly searchPath: string;
  /** An existing folder for what child processes need of one. */
  readonly temporaryFolder: string;
  /** The egress proxy; without one, media servers are reached directly. */
  readonly proxyUrl?: string | undefined;
  readonly encoder?: Partial<OpusEncoderSettings> | undefined;
  /** Where live streams are brought to that are to be levelled. */
  readonly levelTargetLufs?: number | undefined;
  readonly limits?: (Partial<AudioLimits> & { readonly maxPlaybacks?: number }) | undefined;
  readonly log: Logger;
}

export interface OpenOptions {
  /** Where in the track to begin. Reached to a frame, except in MP3 without an index, where it is estimated from the bit rate. */
  readonly startAtMs: number;
  readonly sound: SoundSettings;
  /** Silence behind the end, which belongs to it. */
  readonly tailMs?: number | undefined;
  /** Ends the opening only: once open, a playback is ended by `close()`. */
  readonly signal: AbortSignal;
  /** Playbacks that it may be mixed with: it comes to the thread of the first of them that is still open. */
  readonly near?: readonly Playback[] | undefined;
}

const DEFAULT_ENCODER: OpusEncoderSettings = { bitrateBps: 96_000, complexity: 10 };
const DEFAULT_TARGET_LUFS = -16;
const DEFAULT_LIMITS: AudioLimits = {
  maxTrackMs: 12 * 3_600_000,
  maxMediaBytes: 4 * 1024 ** 3,
  connectTimeoutMs: 10_000,
  firstFrameMs: 10_000,
  stallMs: 10_000,
  decoderMemoryBytes: 512 * 1024 ** 2, // fits every decoder that is allowed, with room
  decoderStarts: 4,
};
const DEFAULT_MAX_PLAYBACKS = 1_000;

/**
 * Turns media into Opus frames of 20 ms. Reading, decoding and encoding happen on threads of their own, at a lower
 * priority than the thread that sends.
 */
export class AudioEngine implements AsyncDisposable {
  readonly #workers: readonly AudioWorker[];
  readonly #maxPlaybacks: number;
  readonly #placeOf = new WeakMap<Playback, AudioWorker>();
  #nextId = 1;

  /** @throws PlayerError `DECODER_FAILED` when the threads do not start. */
  static async start(options: AudioEngineOptions): Promise<AudioEngine> {
    const { maxPlaybacks = DEFAULT_MAX_PLAYBACKS, ...limits } = options.limits ?? {};
    const settings: ThreadSettings = {
      ffmpegPath: options.ffmpegPath,
      searchPath: options.searchPath,
      temporaryFolder: options.temporaryFolder,
      proxyUrl: options.proxyUrl,
      encoder: { ...DEFAULT_ENCODER, ...options.encoder },
      levelTargetLufs: options.levelTargetLufs ?? DEFAULT_TARGET_LUFS,
      limits: { ...DEFAULT_LIMITS, ...limits },
    };
    const workers = Array.from(
      { length: Math.max(1, options.workers) },
      () => new AudioWorker({ settings, log: options.log }),
    );
    const engine = new AudioEngine(workers, maxPlaybacks);
    try {
      await Promise.all(workers.map((worker) => worker.start()));
    } catch (error) {
      await engine.close();
      throw error;
    }
    return engine;
  }

  private constructor(workers: readonly AudioWorker[], maxPlaybacks: number) {
    this.#workers = workers;
    this.#maxPlaybacks = maxPlaybacks;
  }

  /** How many playbacks are open. */
  get size(): number {
    return this.#workers.reduce((size, worker) => size + worker.size, 0);
  }

  /** Of each audio thread that runs. */
  get loads(): readonly ThreadLoad[] {
    return this.#workers.flatMap(({ load }) => load ?? []);
  }

  /**
   * Opens the media and looks at its bytes; frames come after that (see `Playback.ready`).
   *
   * @throws PlayerError with the code that says why it cannot be played, or `signal.reason` when aborted.
   */
  async open(
    media: Media,
    { startAtMs, sound, tailMs = 0, signal, near = [] }: OpenOptions,
  ): Promise<Playback> {
    signal.throwIfAborted();
    if (!(startAtMs >= 0)) throw new RangeError(`bug: a track cannot begin at ${startAtMs} ms`);
    checkSound(sound);
    if (this.size >= this.#maxPlaybacks) throw new PlayerError('PLAYER_BUSY', 'too many open playbacks');
    const id = this.#nextId++;
    const worker = this.#workerNear(near) ?? this.#leastBusy();
    const playback = await worker.open({ type: 'open', id, media, startAtMs, sound, tailMs });
    this.#placeOf.set(playback, worker);
    const onAbort = () => void playback.close();
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await playback.opened;
      return playback;
    } catch (error) {
      void playback.close();
      throw signal.aborted ? signal.reason : error;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Closes every playback and ends the threads. */
  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #workerNear(playbacks: readonly Playback[]): AudioWorker | undefined {
    const neighbour = playbacks.find((playback) => !playback.isClosed);
    return neighbour && this.#placeOf.get(neighbour);
  }

  #leastBusy(): AudioWorker {
    return this.#workers.reduce((best, worker) => (worker.size < best.size ? worker : best));
  }
}
