import type { HeardFrame, VoiceListener } from '@bandstand/discord-simulator';
import { Recorder } from './recorder.ts';

/** Opus silence, sent before a pause. */
const SILENCE = Buffer.from([0xf8, 0xff, 0xfe]);
const FRAME_MS = 20;

/** One person's ears: what arrives is recorded and measured. */
export class Listening implements Disposable {
  readonly wavPath: string;
  readonly #listener: VoiceListener;
  readonly #recorder: Recorder;
  readonly #stop: () => void;
  #music = 0;
  #firstAtMs: number | undefined;
  #lastAtMs: number | undefined;
  #waiting: (() => void) | undefined;

  constructor(listener: VoiceListener, wavPath: string) {
    this.wavPath = wavPath;
    this.#listener = listener;
    this.#recorder = new Recorder(listener, wavPath);
    this.#stop = listener.on('frame', (frame) => this.#take(frame));
  }

  /** Of music heard. */
  get heardMs(): number {
    return this.#music * FRAME_MS;
  }

  /** `performance.now()` of the first frame of music. */
  get firstAtMs(): number | undefined {
    return this.#firstAtMs;
  }

  get isHearing(): boolean {
    return this.#lastAtMs !== undefined && performance.now() - this.#lastAtMs < 10 * FRAME_MS;
  }

  get counts(): VoiceListener['counts'] {
    return this.#listener.counts;
  }

  /** Resolves with `true` at the silence that follows music, with `false` when the time is up. */
  untilSilence(deadlineMs: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), deadlineMs);
    this.#waiting = () => resolve(true);
    return promise.finally(() => clearTimeout(timer));
  }

  [Symbol.dispose](): void {
    this.#stop();
    this.#recorder[Symbol.dispose]();
  }

  #take(frame: HeardFrame): void {
    if (frame.opus.equals(SILENCE)) {
      if (this.#music > 0) this.#waiting?.();
      return;
    }
    this.#music++;
    this.#lastAtMs = frame.arrivedAtMs;
    this.#firstAtMs ??= frame.arrivedAtMs;
  }
}
