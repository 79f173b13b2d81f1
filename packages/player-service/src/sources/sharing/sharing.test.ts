import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { FairGate } from './fair-gate.ts';
import { SharedList } from './shared-list.ts';
import { SingleFlight } from './single-flight.ts';

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const seen: T[] = [];
  for await (const item of items) seen.push(item);
  return seen;
}

const never = new AbortController().signal;

describe('single flight', () => {
  test('equal requests that overlap share one piece of work; a later one starts anew', async () => {
    const flights = new SingleFlight<number>();
    const gate = Promise.withResolvers<void>();
    let started = 0;
    const work = async () => {
      const number = ++started;
      await gate.promise;
      return number;
    };
    const both = [flights.run('a', never, work), flights.run('a', never, work)];
    gate.resolve();
    expect(await Promise.all(both)).toEqual([1, 1]);
    expect(await flights.run('a', never, work)).toBe(2);
  });

  test('the work goes on while anybody waits, and is aborted when the last one gives up', async () => {
    const flights = new SingleFlight<void>();
    const signals: AbortSignal[] = [];
    const work = (signal: AbortSignal) => {
      signals.push(signal);
      return new Promise<void>((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason)),
      );
    };
    const [one, two] = [new AbortController(), new AbortController()];
    const first = flights.run('a', one.signal, work);
    const second = flights.run('a', two.signal, work);
    one.abort(new Error('first gave up'));
    await expect(first).rejects.toThrow('first gave up');
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    two.abort(new Error('second gave up'));
    await expect(second).rejects.toThrow('second gave up');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  test('whoever comes after the last one gave up does not join the aborted work', async () => {
    const flights = new SingleFlight<string>();
    const abort = new AbortController();
    const left = flights.run('a', abort.signal, () => new Promise(() => {}));
    abort.abort(new Error('gave up'));
    await expect(left).rejects.toThrow('gave up');
    expect(await flights.run('a', never, async () => 'new')).toBe('new');
  });

  test('work that is done is not aborted afterwards', async () => {
    const flights = new SingleFlight<AbortSignal>();
    const signal = await flights.run('a', never, async (inner) => inner);
    await turn();
    expect(signal.aborted).toBe(false);
  });
});

describe('a shared list', () => {
  /** A list whose items appear one by one when the test says so. */
  function controlled() {
    let steps = Promise.withResolvers<number | 'end' | Error>();
    const state = { stopped: false };
    async function* items() {
      for (;;) {
        const step = await steps.promise;
        steps = Promise.withResolvers();
        if (step === 'end') return;
        if (step instanceof Error) throw step;
        yield step;
      }
    }
    const push = async (step: number | 'end' | Error) => {
      steps.resolve(step);
      await turn();
    };
    const stop = () => {
      state.stopped = true;
      steps.resolve(new Error('stopped'));
    };
    return { list: new SharedList(items(), stop), push, state };
  }

  test('readers see every item from the first, however late they come', async () => {
    const { list, push } = controlled();
    const early = list.read(never)[Symbol.asyncIterator]();
    await push(1);
    expect(await early.next()).toEqual({ value: 1, done: false });
    await push(2);
    const late = all(list.read(never));
    await push('end');
    expect(await late).toEqual([1, 2]);
    expect(list.status).toBe('complete');
  });

  test('a failure comes after the items that were read before it', async () => {
    const { list, push } = controlled();
    const reader = list.read(never)[Symbol.asyncIterator]();
    await push(1);
    await push(new Error('broken'));
    expect(await reader.next()).toEqual({ value: 1, done: false });
    await expect(reader.next()).rejects.toThrow('broken');
  });

  test('reading stops when the last reader aborts or breaks off, not before', async () => {
    const { list, push, state } = controlled();
    const abort = new AbortController();
    list.read(abort.signal);
    const broken = (async () => {
      for await (const item of list.read(never)) return item;
      return undefined;
    })();
    abort.abort();
    expect(state.stopped).toBe(false);
    await push(7);
    expect(await broken).toBe(7);
    expect(state.stopped).toBe(true);
  });

  test('a reader that waits is released by its signal', async () => {
    const { list, state } = controlled();
    const abort = new AbortController();
    const waiting = all(list.read(abort.signal));
    await turn();
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect(state.stopped).toBe(true);
  });
});

describe('the fair gate', () => {
  const options = { slots: 2, maxWaiting: 3, maxWaitMs: 5_000 };

  test('one share never takes the last slot', async () => {
    const gate = new FairGate(options);
    const first = await gate.enter('greedy', never);
    let secondIn = false;
    const second = gate.enter('greedy', never).then((slot) => {
      secondIn = true;
      return slot;
    });
    const other = await gate.enter('other', never);
    await turn();
    expect(secondIn).toBe(false);
    first[Symbol.dispose]();
    (await second)[Symbol.dispose]();
    other[Symbol.dispose]();
  });

  test('shares are admitted in turn, not in the order of arrival', async () => {
    const gate = new FairGate({ ...options, slots: 1, maxWaiting: 10 });
    const order: string[] = [];
    const inside = await gate.enter('a', never);
    const waiting = ['a1', 'a2', 'a3', 'b1', 'c1'].map(async (name) => {
      using _slot = await gate.enter(name.slice(0, 1), never);
      order.push(name);
      await turn();
    });
    await turn();
    inside[Symbol.dispose]();
    await Promise.all(waiting);
    expect(order).toEqual(['a1', 'b1', 'c1', 'a2', 'a3']);
  });

  test('too many, or too long a wait, is refused as busy', async () => {
    const gate = new FairGate({ slots: 1, maxWaiting: 1, maxWaitMs: 50 });
    using _inside = await gate.enter(undefined, never);
    const waiting = gate.enter(undefined, never);
    await expect(gate.enter(undefined, never)).rejects.toMatchObject({ code: 'SOURCE_BUSY' });
    await expect(waiting).rejects.toMatchObject({ code: 'SOURCE_BUSY' });
  });

  test('whoever gives up leaves the line, and freeing a slot twice frees it once', async () => {
    const gate = new FairGate({ ...options, slots: 1 });
    const inside = await gate.enter(undefined, never);
    const abort = new AbortController();
    const left = gate.enter(undefined, abort.signal);
    const patient = gate.enter(undefined, never);
    abort.abort(new Error('gave up'));
    await expect(left).rejects.toThrow('gave up');
    inside[Symbol.dispose]();
    inside[Symbol.dispose]();
    const slot = await patient;
    let extra = false;
    const waiting = gate.enter(undefined, never).then((next) => {
      extra = true;
      return next;
    });
    await turn();
    expect(extra).toBe(false);
    slot[Symbol.dispose]();
    (await waiting)[Symbol.dispose]();
  });
});
