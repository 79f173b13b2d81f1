import { untilAborted } from './until-aborted.ts';

type Progress =
  | { readonly status: 'reading' | 'complete' }
  | { readonly status: 'failed'; readonly error: unknown };

/**
 * A list that is read once, in the background, and seen by any number of readers from its first item on.
 * Reading stops early when the last reader has gone.
 */
export class SharedList<T> {
  readonly #items: T[] = [];
  readonly #stop: () => void;
  #progress: Progress = { status: 'reading' };
  #readers = 0;
  #change = Promise.withResolvers<void>();

  /** @param stop - Ends `items` early; they may then throw. */
  constructor(items: AsyncIterable<T>, stop: () => void) {
    this.#stop = stop;
    void this.#read(items);
  }

  get status(): Progress['status'] {
    return this.#progress.status;
  }

  /** All items from the first on; fails where the list failed, or with `signal.reason`. Iterate once. */
  read(signal: AbortSignal): AsyncIterable<T> {
    this.#readers++;
    let left = false;
    const leave = () => {
      if (left) return;
      left = true;
      signal.removeEventListener('abort', leave);
      this.#readers--;
      if (this.#readers === 0 && this.#progress.status === 'reading') this.#stop();
    };
    signal.addEventListener('abort', leave, { once: true });
    return this.#iterate(signal, leave);
  }

  async *#iterate(signal: AbortSignal, leave: () => void): AsyncGenerator<T> {
    try {
      for (let index = 0; ; index++) {
        while (index >= this.#items.length && this.#progress.status === 'reading') {
          await untilAborted(this.#change.promise, signal);
        }
        signal.throwIfAborted();
        const item = this.#items[index];
        if (item !== undefined) yield item;
        else if (this.#progress.status === 'failed') throw this.#progress.error;
        else return;
      }
    } finally {
      leave();
    }
  }

  async #read(items: AsyncIterable<T>): Promise<void> {
    try {
      for await (const item of items) {
        this.#items.push(item);
        this.#wake();
      }
      this.#progress = { status: 'complete' };
    } catch (error) {
      this.#progress = { status: 'failed', error };
    }
    this.#wake();
  }

  #wake(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}
