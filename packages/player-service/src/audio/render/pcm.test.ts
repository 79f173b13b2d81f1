import { expect, test } from 'vitest';
import { samplesOf, toFloat, toInt16 } from './pcm.ts';

test('every sample survives the way there and back', () => {
  const samples = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);
  const floats = new Float32Array(samples.length);
  const back = new Int16Array(samples.length);
  toFloat(samples, floats);
  toInt16(floats, back);
  expect(back).toEqual(samples);
});

test('what is too loud saturates', () => {
  const back = new Int16Array(4);
  toInt16(Float32Array.of(1.5, -1.5, 10, -10), back);
  expect([...back]).toEqual([32_767, -32_768, 32_767, -32_768]);
});

test('bytes at an odd address are read all the same', () => {
  const bytes = Buffer.from(new Uint8Array([0, 1, 2, 3, 4]).buffer).subarray(1);
  expect([...samplesOf(bytes)]).toEqual([0x0201, 0x0403]);
});
