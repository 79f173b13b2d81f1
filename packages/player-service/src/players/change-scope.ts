/** What a change did so far, on its way to being durable. */
interface Held {
  readonly effects: (() => void)[];
  readonly undos: (() => void)[];
}

/** A change that was made in memory and waits for the store. */
export interface Attempt {
  /** It is durable: what it does to the outside is done now. */
  readonly commit: () => void;
  /** It is not: everything is as it was before. */
  readonly undo: () => void;
}

/**
 * Keeps what a command does to the outside (audio, voice, extraction) back until it is durable, so that a command that
 * cannot be stored leaves the music as it is. Outside an attempt everything is done at once.
 */
export class ChangeScope {
  #held: Held | undefined;

  get holds(): boolean {
    return this.#held !== undefined;
  }

  /** Done once the change is durable. */
  afterCommit(effect: () => void): void {
    if (this.#held === undefined) effect();
    else this.#held.effects.push(effect);
  }

  /** Done when the change is not to last. */
  onUndo(undo: () => void): void {
    this.#held?.undos.push(undo);
  }

  /** @throws what the change throws, after taking back what it did before. */
  attempt<T>(change: () => T): Attempt & { readonly result: T } {
    if (this.#held !== undefined) throw new Error('bug: a change inside a change');
    const held: Held = { effects: [], undos: [] };
    const commit = () => {
      for (const effect of held.effects) effect();
    };
    const undo = () => {
      for (const step of held.undos.toReversed()) step();
    };
    this.#held = held;
    try {
      return { result: change(), commit, undo };
    } catch (error) {
      undo();
      throw error;
    } finally {
      this.#held = undefined;
    }
  }
}
