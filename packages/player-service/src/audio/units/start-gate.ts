/**
 * Lets a few start at a time, first come first: starting a decoder costs more than running it. A start counts for so long
 * at most, so that those that wait for a slow source do not keep others waiting.
 */
export class StartGate {
  readonly #slots: number;
  readonly #maxHoldMs: number;
  readonly #waiting: (() => void)[] = [];
  #inside = 0;

  constructor({ slots, maxHoldMs }: { readonly slots: number; readonly maxHoldMs: number }) {
    this.#slots = slots;
    this.#maxHoldMs = maxHoldMs;
  }

  /**
   * Waits for a turn. Disposing of the result, any number of times, says that the start is over.
   *
   * @throws `signal.reason` once aborted.
   */
  async enter(signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted();
    if (this.#inside < this.#slots) this.#inside++;
    else await this.#turn(signal); // whoever leaves hands its place over
    let isOver = false;
    const leave = (): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      const next = this.#waiting.shift();
      if (next === undefined) this.#inside--;
      else next();
    };
    const timer = setTimeout(leave, this.#maxHoldMs).unref();
    return { [Symbol.dispose]: leave };
  }

  #turn(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = (): void => {
      this.#waiting.splice(this.#waiting.indexOf(admit), 1);
      reject(signal.reason);
    };
    const admit = (): void => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    this.#waiting.push(admit);
    return promise;
  }
}
