import { getEventListeners } from 'node:events';
import { ManualClock } from '@bandstand/test-support';
import { expect, test } from 'vitest';
import { abortable } from './abortable.ts';
import { sleep } from './clock.ts';
import { Deadline } from './deadline.ts';
import { limitProblems } from './problem.ts';

test('a deadline aborts at its time, and leaves neither timer nor listener once disposed', () => {
  const clock = new ManualClock();
  const outer = new AbortController();
  const late = new Error('late');
  {
    using deadline = new Deadline(clock, 1_000, () => late, [outer.signal]);
    clock.advance(400);
    expect([deadline.remainingMs, deadline.signal.aborted]).toEqual([600, false]);
    clock.advance(700);
    expect([deadline.remainingMs, deadline.signal.reason]).toEqual([0, late]);
  }
  expect(getEventListeners(outer.signal, 'abort')).toEqual([]);
  expect(clock.pending).toBe(0);
});

test('an outer signal ends it sooner, also one that was aborted before', () => {
  const clock = new ManualClock();
  const outer = new AbortController();
  const gone = new Error('gone');
  using deadline = new Deadline(clock, 1_000, () => new Error('late'), [outer.signal]);
  outer.abort(gone);
  using another = new Deadline(clock, 1_000, () => new Error('late'), [outer.signal]);
  expect([deadline.signal.reason, another.signal.reason]).toEqual([gone, gone]);
});

test('an abort ends a sleep and a wait for shared work, not the work', async () => {
  const clock = new ManualClock();
  const abort = new AbortController();
  const work = Promise.withResolvers<string>();
  const waits = [sleep(clock, 1_000, abort.signal), abortable(work.promise, abort.signal)];
  abort.abort(new Error('gone'));
  for (const wait of waits) await expect(wait).rejects.toThrow('gone');
  work.resolve('done');
  expect(await abortable(work.promise, new AbortController().signal)).toBe('done');
  expect(clock.pending).toBe(0);
  expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
});

test('of many problems of one kind one a second is reported, with the number of the others', () => {
  const clock = new ManualClock();
  const seen: string[] = [];
  const report = limitProblems(clock, ({ message }) => seen.push(message));
  for (let index = 0; index < 100; index++) report({ kind: 'malformed', message: 'garbage' });
  report({ kind: 'send', message: 'full' });
  clock.advance(1_000);
  report({ kind: 'malformed', message: 'garbage' });
  expect(seen).toEqual(['garbage', 'full', 'garbage (and 99 more before it)']);
});
