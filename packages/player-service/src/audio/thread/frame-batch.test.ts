import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packFrames, unpackFrames } from './frame-batch.ts';

test('what is packed is unpacked, whatever the sizes', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 1_300 }), { maxLength: 60 }), (frames) => {
      const packed = packFrames(frames.map((frame) => Buffer.from(frame)));
      const unpacked = Array.from(unpackFrames(packed), ({ batch, begin, end }) => [
        ...batch.subarray(begin, end),
      ]);
      expect(unpacked).toEqual(frames.map((frame) => [...frame]));
    }),
  );
});
