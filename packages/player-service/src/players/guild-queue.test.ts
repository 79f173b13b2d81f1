import type { EntryId, RequestKey, UserId } from '@bandstand/protocol';
import { describe, expect, test } from 'vitest';
import { GuildQueue } from './guild-queue.ts';
import type { QueueEntry } from './queue-entry.ts';
import { scriptedTrack } from './scripted-ports.ts';

const LIMITS = { entries: 6, entriesPerUser: 4, history: 3 };

function entry(name: string, options: Partial<QueueEntry> = {}): QueueEntry {
  return {
    entryId: name as EntryId,
    track: scriptedTrack(name),
    requester: { id: null, name: 'ann' },
    requestKey: name as RequestKey,
    ticket: 0,
    ...options,
  };
}

function queueOf(...names: string[]): GuildQueue {
  const queue = new GuildQueue(LIMITS, () => 0);
  for (const name of names) queue.add(entry(name), 'end');
  return queue;
}

function names(queue: GuildQueue): string[] {
  return queue.upcoming.map(({ entryId }) => entryId);
}

test('entries are played in the order they were asked for', () => {
  const queue = queueOf('a', 'b', 'c');
  expect([queue.advance('finished'), queue.advance('finished'), queue.advance('finished')]).toMatchObject([
    { entryId: 'a' },
    { entryId: 'b' },
    { entryId: 'c' },
  ]);
  expect(queue.advance('finished')).toBeUndefined();
  expect(queue.current).toBeUndefined();
});

test('a request that took longer to resolve keeps its place before later ones', () => {
  const queue = new GuildQueue(LIMITS);
  queue.add(entry('second', { ticket: 2 }), 'end');
  queue.add(entry('third', { ticket: 3 }), 'end');
  expect(queue.add(entry('first', { ticket: 1 }), 'end')).toBe(0);
  expect(names(queue)).toEqual(['first', 'second', 'third']);
});

test('what a person moved or shuffled is not moved again by a late request', () => {
  const queue = new GuildQueue(LIMITS, () => 0.99);
  queue.add(entry('b', { ticket: 2 }), 'end');
  queue.add(entry('c', { ticket: 3 }), 'end');
  queue.shuffle();
  queue.add(entry('a', { ticket: 1 }), 'end');
  expect(names(queue)).toEqual(['b', 'c', 'a']);
});

test('"next" goes ahead of all, and the entries of one request stay in their order', () => {
  const queue = queueOf('z');
  const key = 'playlist' as RequestKey;
  for (const name of ['a', 'b', 'c']) queue.add(entry(name, { requestKey: key }), 'next');
  expect(names(queue)).toEqual(['a', 'b', 'c', 'z']);
});

test('the queue of a guild and the share of one user are bounded', () => {
  const queue = new GuildQueue(LIMITS);
  const ann = { id: '1' as UserId, name: 'ann' };
  for (const name of ['a', 'b', 'c', 'd']) queue.add(entry(name, { requester: ann }), 'end');
  expect(() => queue.add(entry('e', { requester: ann }), 'end')).toThrow(
    expect.objectContaining({ code: 'QUEUE_FULL' }),
  );
  queue.add(entry('e'), 'end');
  queue.add(entry('f'), 'end');
  expect(() => queue.add(entry('g'), 'end')).toThrow(expect.objectContaining({ code: 'QUEUE_FULL' }));
  expect(queue.upcoming).toHaveLength(6);
});

describe('loop', () => {
  test('track: the same entry again at its end, the next one on a skip or a failure', () => {
    const queue = queueOf('a', 'b', 'c');
    queue.advance('finished');
    queue.loop = 'track';
    expect(queue.following?.entryId).toBe('a');
    expect(queue.advance('finished')?.entryId).toBe('a');
    expect(queue.advance('skipped')?.entryId).toBe('b');
    expect(queue.advance('failed')?.entryId).toBe('c');
  });

  test('queue: what ended goes to the end, what failed does not come again', () => {
    const queue = queueOf('a', 'b');
    queue.loop = 'queue';
    queue.advance('finished');
    expect(queue.advance('finished')?.entryId).toBe('b');
    expect(names(queue)).toEqual(['a']);
    expect(queue.advance('failed')?.entryId).toBe('a');
    expect(names(queue)).toEqual([]);
    expect(queue.following?.entryId).toBe('a');
  });
});

describe('going back', () => {
  test('makes the last played entry current and the interrupted one the next', () => {
    const queue = queueOf('a', 'b', 'c');
    queue.advance('finished');
    queue.advance('finished');
    expect(queue.back().entryId).toBe('a');
    expect(names(queue)).toEqual(['b', 'c']);
  });

  test('does not leave a second copy behind while the queue loops', () => {
    const queue = queueOf('a', 'b');
    queue.loop = 'queue';
    queue.advance('finished');
    queue.advance('finished');
    queue.back();
    expect(queue.current?.entryId).toBe('a');
    expect(names(queue)).toEqual(['b']);
  });

  test('is refused without a history, and the history is bounded', () => {
    expect(() => queueOf('a').back()).toThrow(expect.objectContaining({ code: 'NO_PREVIOUS' }));
    const queue = queueOf('a', 'b', 'c', 'd', 'e');
    for (let step = 0; step < 5; step++) queue.advance('finished');
    expect(queue.historyLength).toBe(3);
  });
});

test('moving clips the target and names what is unknown', () => {
  const queue = queueOf('a', 'b', 'c');
  expect(queue.move('a' as EntryId, 99).index).toBe(2);
  expect(names(queue)).toEqual(['b', 'c', 'a']);
  expect(() => queue.move('x' as EntryId, 0)).toThrow(expect.objectContaining({ code: 'ENTRY_NOT_FOUND' }));
  expect(() => queue.entryAt(7)).toThrow(expect.objectContaining({ code: 'ENTRY_NOT_FOUND' }));
});

test('shuffling keeps every entry', () => {
  const queue = new GuildQueue(LIMITS, () => 0);
  for (const name of ['a', 'b', 'c', 'd']) queue.add(entry(name), 'end');
  queue.shuffle();
  expect(names(queue)).not.toEqual(['a', 'b', 'c', 'd']);
  expect(names(queue).sort()).toEqual(['a', 'b', 'c', 'd']);
});

test('a shelved entry is the first to be played again', () => {
  const queue = queueOf('a', 'b');
  queue.advance('finished');
  queue.shelveCurrent();
  expect(queue.current).toBeUndefined();
  expect(names(queue)).toEqual(['a', 'b']);
});
