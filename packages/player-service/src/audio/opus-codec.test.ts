import { expect, test } from 'vitest';
import { PCM_FRAME_BYTES, SILENCE_FRAME } from './frame.ts';
import { FrameEncoder, PacketDecoder } from './opus-codec.ts';

const settings = { bitrateBps: 96_000, complexity: 5 };

test('no length but a whole frame reaches the native encoder, which would end the process', () => {
  const encoder = new FrameEncoder(settings);
  for (let bytes = 0; bytes <= 12_000; bytes++) {
    if (bytes === PCM_FRAME_BYTES) continue;
    expect(() => encoder.encode(Buffer.alloc(bytes))).toThrow(RangeError);
  }
  expect(encoder.encode(Buffer.alloc(PCM_FRAME_BYTES)).length).toBeGreaterThan(0);
});

test('whatever bytes are decoded, the answer is sound or nothing, never a crash', () => {
  const decoder = new PacketDecoder();
  let state = 1;
  for (let round = 0; round < 5_000; round++) {
    const packet = Buffer.alloc(round % 1_500);
    for (let i = 0; i < packet.length; i++) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      packet[i] = state >>> 16;
    }
    const samples = decoder.decode(packet);
    if (samples !== undefined) expect(samples.length % 2).toBe(0);
  }
  expect(decoder.decode(SILENCE_FRAME)?.length).toBe(1_920);
});

test('the bit rate is kept', () => {
  const encoder = new FrameEncoder({ bitrateBps: 64_000, complexity: 10 });
  const pcm = Buffer.alloc(PCM_FRAME_BYTES);
  let bytes = 0;
  for (let frame = 0; frame < 100; frame++) {
    for (let i = 0; i < PCM_FRAME_BYTES; i += 2) {
      pcm.writeInt16LE(Math.round(8_000 * Math.sin(i * frame) + 8_000 * Math.sin(i * 0.07)), i);
    }
    bytes += encoder.encode(pcm).length;
  }
  expect((bytes * 8) / 2 / 64_000).toBeGreaterThan(0.8);
  expect((bytes * 8) / 2 / 64_000).toBeLessThan(1.2);
});
