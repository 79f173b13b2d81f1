import { PlayerError } from '@bandstand/protocol';

export interface FairGateOptions {
  /** How many may be inside at a time. */
  readonly slots: number;
  readonly maxWaiting: number;
  readonly maxWaitMs: number;
}

type Share = string | symbol;

interface Waiter {
  readonly admit: () => void;
}

/**
 * Admits a few at a time. Those who wait are admitted share by share in turn, and no share holds the last free slot,
 * so that one guild with many requests, or with one that hangs, does not stop the others.
 */
export class FairGate {
  readonly #options: FairGateOptions;
  /** Shares in the order of their turn, each with those who wait, first come first. */
  readonly #waiting = new Map<Share, Waiter[]>();
  readonly #inside = new Map<Share, number>();
  #insideCount = 0;
  #waitingCount = 0;

  constructor(options: FairGateOptions) {
    this.#options = options;
  }

  /**
   * Waits for a slot. Disposing of the result frees it.
   *
   * @throws {@link PlayerError} `SOURCE_BUSY` when too many wait already or the wait was too long; `signal.reason` once aborted.
   */
  async enter(share: string | undefined, signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted();
    const turn: Share = share ?? Symbol('a share of its own');
    if (this.#hasRoom(turn)) {
      this.#admit(turn); // whoever waits does so because there is no room for them
    } else {
      if (this.#waitingCount >= this.#options.maxWaiting) throw busy('too many requests wait');
      await this.#wait(turn, signal);
    }
    return this.#pass(turn);
  }

  #hasRoom(share: Share): boolean {
    const { slots } = this.#options;
    const perShare = Math.max(1, slots - 1);
    return this.#insideCount < slots && (this.#inside.get(share) ?? 0) < perShare;
  }

  #admit(share: Share): void {
    this.#insideCount++;
    this.#inside.set(share, (this.#inside.get(share) ?? 0) + 1);
  }

  #pass(share: Share): Disposable {
    let left = false;
    return {
      [Symbol.dispose]: () => {
        if (left) return;
        left = true;
        this.#leave(share);
      },
    };
  }

  #leave(share: Share): void {
    this.#insideCount--;
    const inside = (this.#inside.get(share) ?? 1) - 1;
    if (inside === 0) this.#inside.delete(share);
    else this.#inside.set(share, inside);
    this.#admitNext();
  }

  #wait(share: Share, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
    const waiter: Waiter = {
      admit: () => {
        settle();
        resolve();
      },
    };
    const giveUp = (reason: unknown): void => {
      settle();
      this.#remove(share, waiter);
      reject(reason);
    };
    const onAbort = () => giveUp(signal.reason);
    const timer = setTimeout(() => giveUp(busy('the wait was too long')), this.#options.maxWaitMs);
    signal.addEventListener('abort', onAbort, { once: true });

    const line = this.#waiting.get(share);
    if (line === undefined) this.#waiting.set(share, [waiter]);
    else line.push(waiter);
    this.#waitingCount++;
    return promise;
  }

  #remove(share: Share, waiter: Waiter): void {
    const line = this.#waiting.get(share) ?? [];
    line.splice(line.indexOf(waiter), 1);
    if (line.length === 0) this.#waiting.delete(share);
    this.#waitingCount--;
  }

  #admitNext(): void {
    for (const [share, line] of this.#waiting) {
      const [waiter] = line;
      if (waiter === undefined || !this.#hasRoom(share)) continue;
      this.#remove(share, waiter);
      if (line.length > 0) {
        this.#waiting.delete(share); // to the end of the round
        this.#waiting.set(share, line);
      }
      this.#admit(share);
      waiter.admit();
      return;
    }
  }
}

function busy(reason: string): PlayerError {
  return new PlayerError('SOURCE_BUSY', reason);
}
