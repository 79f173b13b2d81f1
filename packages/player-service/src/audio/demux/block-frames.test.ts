import { expect, test } from 'vitest';
import { readBlockFrames } from './block-frames.ts';

function frames(content: Buffer, lacing: number): string[] | undefined {
  const found: string[] = [];
  return readBlockFrames(content, lacing << 1, (frame) => found.push(frame.toString())) ? found : undefined;
}

test('a block without lacing is one frame', () => {
  expect(frames(Buffer.from('abc'), 0)).toEqual(['abc']);
});

test('Xiph lacing: sizes as sums of 255', () => {
  const long = 'x'.repeat(300);
  const content = Buffer.concat([Buffer.of(2, 2, 255, 45), Buffer.from(`ab${long}rest`)]);
  expect(frames(content, 1)).toEqual(['ab', long, 'rest']);
});

test('fixed lacing: equal parts', () => {
  expect(frames(Buffer.concat([Buffer.of(2), Buffer.from('aabbcc')]), 2)).toEqual(['aa', 'bb', 'cc']);
});

test('EBML lacing: a size, then differences', () => {
  // 3 bytes, then −1 (0x40 - 2 of the one-byte range), rest.
  const content = Buffer.concat([Buffer.of(2, 0x83, 0x80 | 62), Buffer.from('abcdeREST')]);
  expect(frames(content, 3)).toEqual(['abc', 'de', 'REST']);
});

test.each([
  ['fixed lacing that does not divide', Buffer.of(2, 1, 2, 3, 4), 2],
  ['Xiph lacing cut in its sizes', Buffer.of(3, 255), 1],
  ['Xiph lacing beyond the end', Buffer.of(1, 200, 1), 1],
  ['EBML lacing with a negative size', Buffer.of(2, 0x81, 0x80, 1, 1), 3],
  ['EBML lacing cut in its sizes', Buffer.of(3, 0x81), 3],
])('%s is refused', (_title, content, lacing) => {
  expect(frames(content, lacing)).toBeUndefined();
});
