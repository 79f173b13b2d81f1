/** The newest items of an endless stream; adding costs the same however many went before. */
export class BoundedRing<T> {
  readonly #capacity: number;
  #items: T[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Oldest first. A copy. */
  toArray(): T[] {
    return this.#items.slice(-this.#capacity);
  }

  push(item: T): void {
    this.#items.push(item);
    if (this.#items.length >= 2 * this.#capacity) this.#items = this.#items.slice(-this.#capacity);
  }
}
