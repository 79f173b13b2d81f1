interface Transition {
  readonly awaited: Set<string>;
  readonly members: readonly string[];
  readonly deadline: NodeJS.Timeout;
}

const HIGHEST_ID = 0xffff;

/** The changes of media keys under way: each is executed once all its members are ready, or after the deadline without them. */
export class Transitions {
  readonly #deadlineMs: number;
  readonly #execute: (id: number, members: readonly string[]) => void;
  readonly #open = new Map<number, Transition>();
  #lastId = 0;

  constructor(options: {
    readonly deadlineMs: number;
    readonly execute: (id: number, members: readonly string[]) => void;
  }) {
    this.#deadlineMs = options.deadlineMs;
    this.#execute = options.execute;
  }

  /** Ids count up from 1 and wrap; 0 means "at once" and is never one of these. Production's order is not known. */
  nextId(): number {
    this.#lastId = (this.#lastId % HIGHEST_ID) + 1;
    return this.#lastId;
  }

  begin(id: number, members: readonly string[]): void {
    const deadline = setTimeout(() => this.#finish(id), this.#deadlineMs);
    this.#open.set(id, { awaited: new Set(members), members, deadline });
  }

  ready(id: number, userId: string): void {
    const transition = this.#open.get(id);
    if (transition === undefined) return;
    transition.awaited.delete(userId);
    if (transition.awaited.size === 0) this.#finish(id);
  }

  /** Nobody waits for a member that left or has to be added anew. */
  forget(userId: string): void {
    for (const id of [...this.#open.keys()]) this.ready(id, userId);
  }

  clear(): void {
    for (const { deadline } of this.#open.values()) clearTimeout(deadline);
    this.#open.clear();
  }

  #finish(id: number): void {
    const transition = this.#open.get(id);
    if (transition === undefined) return;
    clearTimeout(transition.deadline);
    this.#open.delete(id);
    this.#execute(id, transition.members);
  }
}
