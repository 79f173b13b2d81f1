import type { FrameSource } from '../audio/frame.ts';
import type { Playback } from './ports.ts';

export interface SourceObserver {
  /** The first frame left. */
  onFirstFrame(): void;
  /** The last frame left; nothing follows. */
  onEnded(): void;
  /** The playback failed; frames that were buffered have left. */
  onFailed(): void;
}

/**
 * Watches a playback from the place where its frames are taken, and tells about it after the tick that saw it:
 * whoever listens may replace the source, which must not happen in the middle of a tick.
 */
export class ObservedSource implements FrameSource {
  readonly playback: Playback;
  readonly #observer: SourceObserver;
  readonly #beganAtMs: number;
  #started = false;
  #over = false;

  constructor(playback: Playback, observer: SourceObserver) {
    this.playback = playback;
    this.#observer = observer;
    this.#beganAtMs = playback.positionMs;
  }

  get status(): FrameSource['status'] {
    return this.playback.status;
  }

  next(): Buffer | undefined {
    const frame = this.playback.next();
    if (frame !== undefined) this.#noticeStart();
    if (!this.#over) this.#noticeEnd(frame === undefined);
    return frame;
  }

  /** Frames may have been taken as part of another playback. */
  noticeTaken(): void {
    if (this.playback.positionMs > this.#beganAtMs) this.#noticeStart();
    if (!this.#over) this.#noticeEnd(true);
  }

  #noticeStart(): void {
    if (this.#started) return;
    this.#started = true;
    queueMicrotask(() => this.#observer.onFirstFrame());
  }

  #noticeEnd(drained: boolean): void {
    const { status } = this.playback;
    if (status === 'ended') this.#finish(() => this.#observer.onEnded());
    else if (status === 'failed' && drained) this.#finish(() => this.#observer.onFailed());
  }

  #finish(tell: () => void): void {
    this.#over = true;
    queueMicrotask(tell);
  }
}
