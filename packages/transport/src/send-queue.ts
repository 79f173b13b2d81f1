/** The part of a ZeroMQ socket this needs; a test passes a plain object. */
export interface MessageSink {
  send(frames: Buffer[]): Promise<void>;
}

export interface SendQueueOptions {
  /** Messages that may wait while the socket takes an earlier one. */
  readonly maxPending: number;
  /** Called with each error of the socket; the message is gone. */
  readonly onError: (error: unknown) => void;
}

/**
 * Gives a socket the single writer it requires.
 *
 * zeromq.js throws EBUSY when `send()` is called while an earlier `send()` still waits
 * (6.8.0 throws from the call itself, although its documentation promises a rejection).
 */
export class SendQueue {
  readonly #sink: MessageSink;
  readonly #options: SendQueueOptions;
  #pending: Buffer[][] = [];
  /** Pending ones and those of the batch that is being sent. */
  #size = 0;
  #drained: Promise<void> | undefined;

  constructor(sink: MessageSink, options: SendQueueOptions) {
    this.#sink = sink;
    this.#options = options;
  }

  get size(): number {
    return this.#size;
  }

  /** @returns `false` when the queue is full and the message was not taken. */
  push(frames: Buffer[]): boolean {
    if (this.#size >= this.#options.maxPending) return false;
    this.#size++;
    this.#pending.push(frames);
    this.#drained ??= this.#drain();
    return true;
  }

  /** Resolves once everything pushed so far was handed to the socket. */
  async flushed(): Promise<void> {
    await this.#drained;
  }

  async #drain(): Promise<void> {
    while (this.#pending.length > 0) {
      const batch = this.#pending;
      this.#pending = [];
      for (const frames of batch) {
        try {
          await this.#sink.send(frames);
        } catch (error) {
          this.#options.onError(error);
        }
        this.#size--;
      }
    }
    this.#drained = undefined;
  }
}
