import { expect, test } from 'vitest';
import { StartGate } from './start-gate.ts';

const never = new AbortController().signal;

/** Whether it was let in by now. */
async function isIn(entering: Promise<unknown>): Promise<boolean> {
  return Promise.race([entering.then(() => true), new Promise<false>((done) => setImmediate(done, false))]);
}

test('as many as there are slots start at a time, the others one by one in their order', async () => {
  const gate = new StartGate({ slots: 2, maxHoldMs: 60_000 });
  const first = await gate.enter(never);
  await gate.enter(never);
  const third = gate.enter(never);
  const fourth = gate.enter(never);
  expect(await isIn(third)).toBe(false);
  first[Symbol.dispose]();
  first[Symbol.dispose](); // a second time means nothing
  expect(await isIn(third)).toBe(true);
  expect(await isIn(fourth)).toBe(false);
});

test('a start that takes long makes room for the next', async () => {
  const gate = new StartGate({ slots: 1, maxHoldMs: 20 });
  await gate.enter(never);
  using _next = await gate.enter(AbortSignal.timeout(5_000));
});

test('one that is given up while it waits takes no slot', async () => {
  const gate = new StartGate({ slots: 1, maxHoldMs: 60_000 });
  const first = await gate.enter(never);
  const abort = new AbortController();
  const given = gate.enter(abort.signal);
  const last = gate.enter(never);
  abort.abort(new Error('given up'));
  await expect(given).rejects.toThrow('given up');
  first[Symbol.dispose]();
  expect(await isIn(last)).toBe(true);
});
