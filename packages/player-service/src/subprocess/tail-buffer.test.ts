import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TailBuffer } from './tail-buffer.ts';

test('whatever the chunks, the tail is the end of what was written', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary-ascii', maxLength: 40 })), (chunks) => {
      const tail = new TailBuffer(16);
      for (const chunk of chunks) tail.push(Buffer.from(chunk));
      expect(tail.toString()).toBe(chunks.join('').slice(-16));
    }),
  );
});

test('a character cut in two at the front is shown as a replacement, not as an error', () => {
  const tail = new TailBuffer(4);
  tail.push(Buffer.from('ééé'));
  expect(tail.toString()).toBe('éé');
  tail.push(Buffer.from('x'));
  expect(tail.toString()).toBe('\ufffdéx');
});
