import type { Closeable } from './closeable.ts';
import type { VoiceClock } from './voice-clock.ts';

export interface JoinRequestOptions {
  readonly clock: VoiceClock;
  /** Absent: nothing is asked, Discord is expected to speak first. */
  readonly ask?: {
    readonly delayMs: number;
    /** Puts op 4 on its way; the result takes it back. */
    readonly post: (onSent: () => void) => () => void;
  };
  /** Counted from the moment op 4 left (or from now, when nothing is asked) until the request is closed. */
  readonly deadlineMs: number;
  readonly onTimeout: () => void;
}

/**
 * Asks Discord for the credentials of a voice connection, and watches the clock until that connection stands.
 *
 * Op 4 never leaves within the call that made the request: credentials that come along with the wish to join spare it.
 */
export class JoinRequest implements Closeable {
  readonly #options: JoinRequestOptions;
  #takeBack: (() => void) | undefined;
  #cancelDeadline: (() => void) | undefined;
  #isDelayed = false;
  #answered = false;
  #closed = false;

  constructor(options: JoinRequestOptions) {
    this.#options = options;
    if (options.ask === undefined) this.#startDeadline();
    else if (options.ask.delayMs > 0) {
      this.#isDelayed = true;
      this.#takeBack = options.clock.schedule(options.ask.delayMs, () => this.#post());
    } else queueMicrotask(() => this.#post());
  }

  get asks(): boolean {
    return this.#options.ask !== undefined;
  }

  /** Waits out a back-off before it asks. */
  get isDelayed(): boolean {
    return this.#isDelayed && !this.#answered && !this.#closed;
  }

  /** The credentials are there: whatever is still to be asked is not. The deadline stays. */
  answer(): void {
    if (this.#answered || this.#closed) return;
    this.#answered = true;
    this.#takeBack?.();
    this.#startDeadline();
  }

  close(): void {
    this.#closed = true;
    this.#takeBack?.();
    this.#cancelDeadline?.();
  }

  #post(): void {
    this.#isDelayed = false;
    if (this.#closed || this.#answered) return;
    this.#takeBack = this.#options.ask?.post(() => this.#startDeadline());
  }

  #startDeadline(): void {
    if (this.#closed || this.#cancelDeadline !== undefined) return;
    this.#cancelDeadline = this.#options.clock.schedule(this.#options.deadlineMs, this.#options.onTimeout);
  }
}
