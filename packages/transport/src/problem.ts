import type { Clock } from './clock.ts';

const QUIET_MS = 1_000;

/** Something an operator must look at; the channel goes on trying. */
export interface ChannelProblem {
  readonly kind:
    | 'key-refused'
    | 'mechanism-mismatch'
    | 'handshake-failed'
    | 'key-files'
    | 'malformed'
    | 'incompatible'
    | 'send'
    | 'handler';
  /** Says what to do where that is known. Never holds a secret key or the content of a message. */
  readonly message: string;
  readonly cause?: unknown;
}

export type OnProblem = (problem: ChannelProblem) => void;

/** Lets one problem of each kind through per second, so that whoever sends garbage cannot fill the log's disk. */
export function limitProblems(clock: Clock, emit: OnProblem): OnProblem {
  const lastAtMs = new Map<ChannelProblem['kind'], number>();
  const withheld = new Map<ChannelProblem['kind'], number>();
  return (problem) => {
    const nowMs = clock.monotonicMs();
    const count = withheld.get(problem.kind) ?? 0;
    if (nowMs - (lastAtMs.get(problem.kind) ?? Number.NEGATIVE_INFINITY) < QUIET_MS) {
      withheld.set(problem.kind, count + 1);
      return;
    }
    lastAtMs.set(problem.kind, nowMs);
    withheld.delete(problem.kind);
    emit(count === 0 ? problem : { ...problem, message: `${problem.message} (and ${count} more before it)` });
  };
}
