import { expect, test } from 'vitest';
import { opusPacketSamples } from './opus-packet.ts';

/** One packet of the given configuration and frame count code, with a body. */
function packet(configuration: number, code: number, ...body: number[]): Uint8Array {
  return Uint8Array.of((configuration << 3) | code, ...body);
}

test.each([
  ['SILK 10 ms', packet(0, 0, 1), 480],
  ['SILK 60 ms', packet(11, 0, 1), 2_880],
  ['hybrid 20 ms', packet(15, 0, 1), 960],
  ['CELT 2.5 ms', packet(28, 0, 1), 120],
  ['CELT 20 ms', packet(31, 0, 1), 960],
  ['two equal frames of 10 ms', packet(30, 1, 1, 2), 960],
  ['two frames of 20 ms', packet(31, 2, 1, 9), 1_920],
  ['six frames of 20 ms', packet(31, 3, 6, 1), 5_760],
  ['the silence of Discord', Uint8Array.of(0xf8, 0xff, 0xfe), 960],
])('%s', (_title, bytes, samples) => {
  expect(opusPacketSamples(bytes)).toBe(samples);
});

test.each([
  ['nothing', new Uint8Array(0)],
  ['two equal frames in an even number of bytes', packet(30, 1, 1)],
  ['many frames without a count', packet(31, 3)],
  ['zero frames', packet(31, 3, 0)],
  ['more than 120 ms', packet(31, 3, 7, 1)],
])('%s is no packet', (_title, bytes) => {
  expect(opusPacketSamples(bytes)).toBe(0);
});
