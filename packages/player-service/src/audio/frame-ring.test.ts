import { expect, test } from 'vitest';
import { FrameRing } from './frame-ring.ts';

/** In the middle of others. */
const frame = (name: string) => ({ batch: Buffer.from(`..${name}..`), begin: 2, end: 2 + name.length });

test('frames come out in order, each once', () => {
  const ring = new FrameRing(4);
  for (let round = 0; round < 5; round++) {
    for (let i = 0; i < 4; i++) ring.put(round * 4 + i, frame(`${round}.${i}`));
    expect(ring.size).toBe(4);
    for (let i = 0; i < 4; i++) expect(ring.take()?.toString()).toBe(`${round}.${i}`);
  }
  expect(ring.take()).toBeUndefined();
  expect(ring.taken).toBe(20);
});

test('a frame made anew replaces the one before, and the one before serves until then', () => {
  const ring = new FrameRing(8);
  for (let i = 0; i < 6; i++) ring.put(i, frame(`old${i}`));
  ring.take();
  ring.put(2, frame('new2'));
  ring.put(3, frame('new3'));
  expect(ring.end).toBe(6);
  const rest = Array.from({ length: 5 }, () => ring.take()?.toString());
  expect(rest).toEqual(['old1', 'new2', 'new3', 'old4', 'old5']);
});

test('what was taken stays as it was heard', () => {
  const ring = new FrameRing(4);
  ring.put(0, frame('heard'));
  ring.take();
  ring.put(0, frame('late'));
  expect(ring.size).toBe(0);
  expect(ring.taken).toBe(1);
});

test('a hole or an overflow is a bug', () => {
  const ring = new FrameRing(2);
  expect(() => ring.put(1, frame('hole'))).toThrow('bug');
  ring.put(0, frame('0'));
  ring.put(1, frame('1'));
  expect(() => ring.put(2, frame('overflow'))).toThrow('bug');
});

test('a frame may be passed over before it is there, and is not missed when it comes', () => {
  const ring = new FrameRing(4);
  ring.put(0, frame('a'));
  for (let i = 0; i < 3; i++) ring.skip();
  expect([ring.taken, ring.end, ring.size]).toEqual([3, 3, 0]);
  ring.put(1, frame('late'));
  ring.put(3, frame('d'));
  expect(ring.take()?.toString()).toBe('d');
});
