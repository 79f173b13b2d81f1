import type { Stack } from '../harness/stack.ts';

/** What a case saw, for the table and for the verdict. */
export interface Observation {
  /** In a few words, with numbers. */
  readonly observed: string;
  /** Whether the case's own criterion holds; the common invariants are looked at besides. */
  readonly passed: boolean;
}

export interface ChaosContext {
  /** In [0, 1), from the run's seed: the same seed, the same faults. */
  readonly random: () => number;
  /** Hands over a stack to be judged by the common invariants, and disposed of, after the case. */
  readonly judge: (stack: Stack) => Stack;
}

/** One fault: what is done to the product, and what must be seen. */
export interface ChaosCase {
  /** As in docs/testing.md; several cases may belong to one row. */
  readonly id: string;
  readonly injected: string;
  /** Part of every test run, not only of the long one. */
  readonly isFast: boolean;
  /** Judges milliseconds: in a test run nothing else happens meanwhile. */
  readonly isTimed?: boolean;
  /** Milliseconds for the whole case; three minutes when absent. */
  readonly deadlineMs?: number;
  readonly run: (context: ChaosContext) => Promise<Observation>;
}
