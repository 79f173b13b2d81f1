import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 10;

/** How late this thread's timers are: the first sign that something slow shares it with the 20 ms clock. */
export class LoopWatch {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor() {
    this.#histogram.enable();
  }

  /** 99th percentile of the lateness since the last call, in milliseconds. */
  takeP99Ms(): number {
    const p99Ms = this.#histogram.percentile(99) / 1e6 - RESOLUTION_MS;
    this.#histogram.reset();
    return Math.max(0, Math.round(p99Ms * 100) / 100);
  }

  close(): void {
    this.#histogram.disable();
  }
}
