import { expect, test } from 'vitest';
import { NumberedOutbox } from './numbered-outbox.ts';

test('json and binary messages share one counter, which wraps after 65,535', () => {
  const outbox = new NumberedOutbox({ firstSequence: 65_535, maxFrames: 10 });

  expect(JSON.parse(outbox.addJson(11, { user_ids: [] }))).toEqual({
    op: 11,
    d: { user_ids: [] },
    seq: 65_535,
  });
  expect(outbox.addBinary(25, Buffer.from('ab'))).toEqual(Buffer.from([0, 0, 25, 97, 98]));
  expect(JSON.parse(outbox.addJson(13, null))).toMatchObject({ seq: 1 });
});

test('what was acknowledged is forgotten, what was not comes again in order', () => {
  const outbox = new NumberedOutbox({ firstSequence: 1, maxFrames: 10 });
  const frames = [1, 2, 3, 4].map((n) => outbox.addJson(n, null));

  outbox.acknowledge(-1);
  expect(outbox.size).toBe(4);
  outbox.acknowledge(2);

  expect(outbox.size).toBe(2);
  expect(outbox.since(2)).toEqual(frames.slice(2));
  expect(outbox.since(3)).toEqual(frames.slice(3));
  expect(outbox.since(4)).toEqual([]);
});

test('a client that saw nothing gets everything, unless something is gone', () => {
  const outbox = new NumberedOutbox({ firstSequence: 1, maxFrames: 2 });
  expect(outbox.since(-1)).toEqual([]);
  outbox.addJson(1, null);
  outbox.addJson(2, null);
  expect(outbox.since(-1)).toHaveLength(2);
  outbox.addJson(3, null);

  expect(outbox.since(-1)).toBeUndefined();
  expect(outbox.since(0)).toBeUndefined();
  expect(outbox.since(1)).toHaveLength(2);
});

test('an acknowledgement of what was never sent is no resume', () => {
  const outbox = new NumberedOutbox({ firstSequence: 1, maxFrames: 2 });
  outbox.addJson(1, null);
  expect(outbox.since(9)).toBeUndefined();
});
