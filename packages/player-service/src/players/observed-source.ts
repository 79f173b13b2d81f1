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
  readonly #playback: Playback;
  readonly #observer: SourceObserver;
  #started = false;
  #over = false;

  constructor(playback: Playback, observer: SourceObserver) {
    this.#playback = playback;
    this.#observer = observer;
  }

  get status(): FrameSource['status'] {
    return this.#playback.status;
  }

  next(): Buffer | undefined {
    const frame = this.#playback.next();
    if (frame !== undefined && !this.#started) {
      this.#started = true;
      queueMicrotask(() => this.#observer.onFirstFrame());
    }
    if (!this.#over) this.#noticeEnd(frame === undefined);
    return frame;
  }

  #noticeEnd(drained: boolean): void {
    const { status } = this.#playback;
    if (status === 'ended') this.#finish(() => this.#observer.onEnded());
    else if (status === 'failed' && drained) this.#finish(() => this.#observer.onFailed());
  }

  #finish(tell: () => void): void {
    this.#over = true;
    queueMicrotask(tell);
  }
}
