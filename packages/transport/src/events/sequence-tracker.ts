import type { Epoch } from '@bandstand/protocol';

/** `next`: in order. `old`: seen before, or overtaken. `gap`: something between was lost. `epoch`: another process sent it. */
export type SequenceVerdict = 'next' | 'old' | 'gap' | 'epoch';

interface Position {
  readonly epoch: Epoch;
  readonly sequence: number;
}

/** How far one guild's events were seen. Before the first event or snapshot it knows nothing and takes whatever comes. */
export class SequenceTracker {
  #epoch: Epoch | undefined;
  /** `undefined` while only the epoch is known. */
  #last: number | undefined;

  observe({ epoch, sequence }: Position): SequenceVerdict {
    const verdict = this.#judge(epoch, sequence);
    if (verdict === 'old') return verdict;
    this.#epoch = epoch;
    this.#last = sequence;
    return verdict;
  }

  /**
   * @param sequence - The last one the player sent, as far as the heartbeat tells.
   * @returns `gap` when it is ahead of what was seen: events keep their order, so it does not come any more.
   */
  observeHeartbeat(epoch: Epoch, sequence: number | undefined): 'next' | 'gap' | 'epoch' {
    if (this.#epoch !== undefined && this.#epoch !== epoch) {
      this.#epoch = epoch;
      this.#last = undefined;
      return 'epoch';
    }
    // Unknown is left unknown: a snapshot under way may be older than what the heartbeat tells.
    if (this.#last === undefined || sequence === undefined || sequence <= this.#last) return 'next';
    this.#last = sequence;
    return 'gap';
  }

  /** A snapshot holds everything up to its sequence. */
  rebase({ epoch, sequence }: Position): void {
    this.#last = this.#epoch === epoch ? Math.max(this.#last ?? 0, sequence) : sequence;
    this.#epoch = epoch;
  }

  #judge(epoch: Epoch, sequence: number): SequenceVerdict {
    if (this.#epoch !== undefined && this.#epoch !== epoch) return 'epoch';
    if (this.#last === undefined || sequence === this.#last + 1) return 'next';
    return sequence <= this.#last ? 'old' : 'gap';
  }
}
