/** Ends a scheduled task that has not run yet; harmless afterwards. */
export type Cancel = () => void;

/** Time as a dependency: the shape that the services take, so that a test decides what time it is. */
export interface Clock {
  /** Milliseconds since 1970; may jump. For stamps, never for durations. */
  nowMs(): number;
  /** Milliseconds since an arbitrary start; never goes back. */
  monotonicMs(): number;
  /** Runs the task once, after the delay. */
  schedule(delayMs: number, task: () => void): Cancel;
}

/** The clock of the machine. */
export const realClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  schedule(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
};

interface ScheduledTask {
  readonly dueMs: number;
  readonly run: () => void;
}

/**
 * A clock that stands still until it is told to move.
 *
 * Tasks run inside `advance()`, in the order they are due, each at exactly its own time; a task scheduled
 * by another runs in the same call when it falls into the span. Promises settle only after `advance()` returned.
 */
export class ManualClock implements Clock {
  #elapsedMs = 0;
  #wallMs: number;
  readonly #tasks = new Set<ScheduledTask>();

  constructor(startMs = Date.UTC(2025, 0, 1)) {
    this.#wallMs = startMs;
  }

  /** Tasks that wait for their time: 0 after whatever used the clock was closed. */
  get pending(): number {
    return this.#tasks.size;
  }

  nowMs(): number {
    return this.#wallMs;
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  schedule(delayMs: number, run: () => void): Cancel {
    const task: ScheduledTask = { dueMs: this.#elapsedMs + Math.max(0, delayMs), run };
    this.#tasks.add(task);
    return () => this.#tasks.delete(task);
  }

  advance(spanMs: number): void {
    const endMs = this.#elapsedMs + spanMs;
    for (let task = this.#firstDueBy(endMs); task !== undefined; task = this.#firstDueBy(endMs)) {
      this.#tasks.delete(task);
      this.#moveTo(task.dueMs);
      task.run();
    }
    this.#moveTo(endMs);
  }

  /** The process was stopped (SIGSTOP, a suspended laptop): time passed, and every task due is late by its share of it. */
  oversleep(spanMs: number): void {
    this.#moveTo(this.#elapsedMs + spanMs);
    this.advance(0);
  }

  /** Somebody set the wall clock: stamps change, durations do not. */
  setWallClock(nowMs: number): void {
    this.#wallMs = nowMs;
  }

  #moveTo(elapsedMs: number): void {
    if (elapsedMs <= this.#elapsedMs) return;
    this.#wallMs += elapsedMs - this.#elapsedMs;
    this.#elapsedMs = elapsedMs;
  }

  #firstDueBy(limitMs: number): ScheduledTask | undefined {
    let first: ScheduledTask | undefined;
    for (const task of this.#tasks) {
      if (task.dueMs <= limitMs && (first === undefined || task.dueMs < first.dueMs)) first = task;
    }
    return first;
  }
}
