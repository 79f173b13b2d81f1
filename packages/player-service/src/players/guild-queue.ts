import { type EntryId, type LoopMode, PlayerError, type UserId } from '@bandstand/protocol';
import type { QueueEntry } from './queue-entry.ts';

/** A queue at one moment. Plain data. */
export interface QueueState {
  /** Oldest first. */
  readonly history: readonly QueueEntry[];
  readonly current: QueueEntry | undefined;
  readonly upcoming: readonly QueueEntry[];
  readonly loop: LoopMode;
}

export interface QueueLimits {
  readonly entries: number;
  readonly entriesPerUser: number;
  readonly history: number;
}

export type AddPosition = 'end' | 'next';

/** What is played, was played and will be played in one guild. Knows no audio. Every method is one step that leaves it valid. */
export class GuildQueue {
  readonly #limits: QueueLimits;
  readonly #random: () => number;
  #current: QueueEntry | undefined;
  #upcoming: QueueEntry[] = [];
  /** Oldest first. */
  #history: QueueEntry[] = [];
  loop: LoopMode = 'off';

  /** @param random - In [0, 1), for `shuffle`. */
  constructor(limits: QueueLimits, random: () => number = Math.random) {
    this.#limits = limits;
    this.#random = random;
  }

  get current(): QueueEntry | undefined {
    return this.#current;
  }

  get upcoming(): readonly QueueEntry[] {
    return this.#upcoming;
  }

  get historyLength(): number {
    return this.#history.length;
  }

  save(): QueueState {
    return {
      history: [...this.#history],
      current: this.#current,
      upcoming: [...this.#upcoming],
      loop: this.loop,
    };
  }

  restore({ history, current, upcoming, loop }: QueueState): void {
    this.#history = [...history];
    this.#current = current;
    this.#upcoming = [...upcoming];
    this.loop = loop;
  }

  /** How many more entries fit, for the guild and for this user. */
  roomFor(userId: UserId | null): number {
    const room = this.#limits.entries - this.#upcoming.length;
    if (userId === null) return room;
    const own = this.#upcoming.reduce((count, entry) => count + (entry.requester.id === userId ? 1 : 0), 0);
    return Math.min(room, this.#limits.entriesPerUser - own);
  }

  /**
   * Adds one entry behind those of earlier requests (`end`), or ahead of all (`next`), behind others of its own request.
   *
   * @returns Its index in the upcoming entries.
   * @throws {@link PlayerError} `QUEUE_FULL`
   */
  add(entry: QueueEntry, position: AddPosition): number {
    if (this.roomFor(entry.requester.id) < 1) {
      throw new PlayerError('QUEUE_FULL', 'the queue is at its limit', {
        details: {
          entries: this.#upcoming.length,
          limit: this.#limits.entries,
          per_user: this.#limits.entriesPerUser,
        },
      });
    }
    const index = position === 'end' ? this.#endIndex(entry.ticket) : this.#nextIndex(entry);
    this.#upcoming.splice(index, 0, entry);
    return index;
  }

  /** Makes the next entry current, after the current one ended as told. `undefined` once nothing is left. */
  advance(how: 'finished' | 'skipped' | 'failed'): QueueEntry | undefined {
    const ended = this.#current;
    if (ended !== undefined && how === 'finished' && this.loop === 'track') return ended;
    if (ended !== undefined) {
      this.#remember(ended);
      // What cannot be played is not tried again round after round.
      if (this.loop === 'queue' && how !== 'failed')
        // Alone in the queue it is what `following` named, and stays it.
        this.#upcoming.push(this.#upcoming.length === 0 ? ended : { ...ended, ticket: 0 });
    }
    this.#current = this.#upcoming.shift();
    return this.#current;
  }

  /** What `advance('finished')` would make current. */
  get following(): QueueEntry | undefined {
    if (this.loop === 'track') return this.#current;
    return this.#upcoming[0] ?? (this.loop === 'queue' ? this.#current : undefined);
  }

  /**
   * The entry played before becomes current, and what was current becomes the next.
   *
   * @throws {@link PlayerError} `NO_PREVIOUS`
   */
  back(): QueueEntry {
    const previous = this.#history.pop();
    if (previous === undefined) throw new PlayerError('NO_PREVIOUS', 'the history is empty');
    if (this.#current !== undefined) this.#upcoming.unshift({ ...this.#current, ticket: 0 });
    // With loop = queue its copy waits at the end; it must not stand twice.
    this.#upcoming = this.#upcoming.filter((entry) => entry.entryId !== previous.entryId);
    this.#current = previous;
    return previous;
  }

  /** Puts the current entry back at the head: it will be played (again) first. */
  shelveCurrent(): QueueEntry | undefined {
    const current = this.#current;
    if (current !== undefined) this.#upcoming.unshift(current);
    this.#current = undefined;
    return current;
  }

  /** @throws {@link PlayerError} `ENTRY_NOT_FOUND` */
  remove(entryId: EntryId): QueueEntry {
    const index = this.#indexOf(entryId);
    const [removed] = this.#upcoming.splice(index, 1);
    return removed as QueueEntry;
  }

  /**
   * @param toIndex - In the upcoming entries, from 0; clipped.
   * @throws {@link PlayerError} `ENTRY_NOT_FOUND`
   */
  move(entryId: EntryId, toIndex: number): { readonly entry: QueueEntry; readonly index: number } {
    const entry = { ...this.remove(entryId), ticket: 0 };
    const index = Math.min(toIndex, this.#upcoming.length);
    this.#upcoming.splice(index, 0, entry);
    return { entry, index };
  }

  /** Fisher-Yates over the upcoming entries. */
  shuffle(): void {
    const entries = this.#upcoming.map((entry) => ({ ...entry, ticket: 0 }));
    for (let last = entries.length - 1; last > 0; last--) {
      const other = Math.floor(this.#random() * (last + 1));
      [entries[last], entries[other]] = [entries[other] as QueueEntry, entries[last] as QueueEntry];
    }
    this.#upcoming = entries;
  }

  /** @returns How many upcoming entries there were. */
  clearUpcoming(): number {
    const removed = this.#upcoming.length;
    this.#upcoming = [];
    return removed;
  }

  /** The current entry leaves for the history, and nothing takes its place. */
  endCurrent(): void {
    if (this.#current !== undefined) this.#remember(this.#current);
    this.#current = undefined;
  }

  reset(): void {
    this.#current = undefined;
    this.#upcoming = [];
    this.#history = [];
    this.loop = 'off';
  }

  /** @throws {@link PlayerError} `ENTRY_NOT_FOUND` */
  entryAt(index: number): QueueEntry {
    const entry = this.#upcoming[index];
    if (entry === undefined) throw new PlayerError('ENTRY_NOT_FOUND', `the queue has no index ${index}`);
    return entry;
  }

  #indexOf(entryId: EntryId): number {
    const index = this.#upcoming.findIndex((entry) => entry.entryId === entryId);
    if (index < 0) throw new PlayerError('ENTRY_NOT_FOUND', `the queue has no entry ${entryId}`);
    return index;
  }

  #endIndex(ticket: number): number {
    let index = this.#upcoming.length;
    while (index > 0 && (this.#upcoming[index - 1]?.ticket ?? 0) > ticket) index--;
    return index;
  }

  #nextIndex(entry: QueueEntry): number {
    if (entry.requestKey === null) return 0;
    return this.#upcoming.findLastIndex((other) => other.requestKey === entry.requestKey) + 1;
  }

  #remember(entry: QueueEntry): void {
    this.#history.push(entry);
    if (this.#history.length > this.#limits.history) this.#history.shift();
  }
}
