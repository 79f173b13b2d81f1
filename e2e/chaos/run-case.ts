import type { Stack } from '../harness/stack.ts';
import type { ChaosCase, Observation } from './chaos-case.ts';
import { brokenInvariants } from './invariants.ts';
import { seededRandom } from './seeded-random.ts';

const CASE_DEADLINE_MS = 180_000;

export interface Verdict extends Observation {
  readonly id: string;
  readonly injected: string;
  readonly tookMs: number;
}

/** Runs one case, then looks at what must hold after every case. Never rejects: a case that throws has failed. */
export async function runCase(chaosCase: ChaosCase, seed: number): Promise<Verdict> {
  const startedAtMs = performance.now();
  const { id, injected } = chaosCase;
  const stacks: Stack[] = [];
  const judge = (stack: Stack) => {
    stacks.push(stack);
    return stack;
  };
  let observation: Observation;
  try {
    const context = { random: seededRandom(`${seed} ${id}`), judge };
    observation = await withDeadline(chaosCase.run(context), chaosCase.deadlineMs ?? CASE_DEADLINE_MS);
    const broken = (await Promise.all(stacks.map(brokenInvariants))).flat();
    if (broken.length > 0)
      observation = { observed: [observation.observed, ...broken].join('; '), passed: false };
  } catch (error) {
    observation = { observed: (error as Error).message.split('\n').slice(0, 2).join(' '), passed: false };
  }
  await Promise.allSettled(stacks.map((stack) => stack[Symbol.asyncDispose]()));
  return { id, injected, ...observation, tookMs: performance.now() - startedAtMs };
}

async function withDeadline<T>(promise: Promise<T>, deadlineMs: number): Promise<T> {
  const { promise: timeUp, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no end within ${deadlineMs} ms`)), deadlineMs);
  try {
    return await Promise.race([promise, timeUp]);
  } finally {
    clearTimeout(timer);
  }
}
