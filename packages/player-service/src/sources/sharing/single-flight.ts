import { untilAborted } from './until-aborted.ts';

interface Flight<T> {
  readonly result: Promise<T>;
  readonly abort: AbortController;
  waiting: number;
  settled: boolean;
}

/** Lets equal requests that overlap share one piece of work, which ends early only when all who wait for it gave up. */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Flight<T>>();

  /** @throws what the work throws, or `signal.reason` once the caller aborts. */
  async run(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const flight = this.#flights.get(key) ?? this.#start(key, work);
    flight.waiting++;
    try {
      return await untilAborted(flight.result, signal);
    } finally {
      flight.waiting--;
      if (flight.waiting === 0 && !flight.settled) {
        this.#forget(key, flight); // who comes now must not join a flight that is being aborted
        flight.abort.abort(signal.reason);
      }
    }
  }

  #start(key: string, work: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const abort = new AbortController();
    const result = work(abort.signal);
    const flight: Flight<T> = { result, abort, waiting: 0, settled: false };
    this.#flights.set(key, flight);
    const settle = () => {
      flight.settled = true;
      this.#forget(key, flight);
    };
    result.then(settle, settle);
    return flight;
  }

  #forget(key: string, flight: Flight<T>): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }
}
