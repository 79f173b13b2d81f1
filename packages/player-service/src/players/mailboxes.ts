import { PlayerError } from '@bandstand/protocol';

/** Runs the tasks of one guild one after another, in the order they came; different guilds do not wait for each other. */
export class Mailboxes<Key> {
  readonly #limit: number;
  readonly #boxes = new Map<Key, { tail: Promise<unknown>; waiting: number }>();

  /** @param limit - Tasks that may wait in one mailbox. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @throws {@link PlayerError} `PLAYER_BUSY` when the mailbox is full. */
  run<T>(key: Key, task: () => T | Promise<T>): Promise<T> {
    if ((this.#boxes.get(key)?.waiting ?? 0) >= this.#limit) {
      return Promise.reject(new PlayerError('PLAYER_BUSY', 'the mailbox of the guild is full'));
    }
    return this.runAlways(key, task);
  }

  /** For what has happened already and can be put off, but not refused. */
  runAlways<T>(key: Key, task: () => T | Promise<T>): Promise<T> {
    const box = this.#boxes.get(key) ?? { tail: Promise.resolve(), waiting: 0 };
    this.#boxes.set(key, box);
    box.waiting++;
    const result = box.tail.then(task);
    box.tail = result
      .catch(() => undefined)
      .finally(() => {
        if (--box.waiting === 0) this.#boxes.delete(key);
      });
    return result;
  }

  /** Resolves once everything that waits at this moment has run. */
  async idle(): Promise<void> {
    await Promise.all([...this.#boxes.values()].map(({ tail }) => tail));
  }
}
