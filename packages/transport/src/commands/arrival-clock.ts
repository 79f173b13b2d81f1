import type { Cancel, Clock } from '../clock.ts';

const TICK_MS = 250;
/** A tick this late means that the process stood still, and that the socket may hold what came meanwhile. */
const STALL_MS = 1_000;

/**
 * Tells the earliest time at which a message that was just read may have arrived.
 *
 * libzmq does not stamp messages, and a process that was stopped for a minute reads a minute's commands in one go. Since
 * the last tick that found the socket empty is the earliest they can have come, they are aged from there; too old ones are
 * refused, and a sender that still waits repeats them.
 */
export class ArrivalClock {
  readonly #clock: Clock;
  readonly #isEmpty: () => boolean;
  #cancel: Cancel;
  #lastTickMs: number;
  #emptyAtMs: number;
  #isAwake = true;

  constructor(clock: Clock, isEmpty: () => boolean) {
    this.#clock = clock;
    this.#isEmpty = isEmpty;
    this.#lastTickMs = clock.monotonicMs();
    this.#emptyAtMs = this.#lastTickMs;
    this.#cancel = clock.schedule(TICK_MS, this.#tick);
  }

  /** Monotonic milliseconds. Without a stall this is now, to which a tick's worth of doubt would add nothing. */
  arrivedAtMs(): number {
    const nowMs = this.#clock.monotonicMs();
    return nowMs - this.#emptyAtMs > STALL_MS ? this.#emptyAtMs : nowMs;
  }

  /** To be called after each message: under load the ticks alone might never meet an empty socket. */
  look(): void {
    const nowMs = this.#clock.monotonicMs();
    if (this.#isAwake && nowMs - this.#lastTickMs < STALL_MS && this.#isEmpty()) this.#emptyAtMs = nowMs;
  }

  close(): void {
    this.#cancel();
  }

  readonly #tick = (): void => {
    const nowMs = this.#clock.monotonicMs();
    // Right after a stall libzmq may not have read the connection yet: an empty socket proves nothing before the next tick.
    this.#isAwake = nowMs - this.#lastTickMs < STALL_MS;
    this.#lastTickMs = nowMs;
    this.look();
    this.#cancel = this.#clock.schedule(TICK_MS, this.#tick);
  };
}
