import opus from '@discordjs/opus'; // CommonJS: plain Node finds no named exports
import type { HeardFrame } from '../voice-seam.ts';

const SAMPLE_RATE_HZ = 48_000;
const CHANNELS = 2;

/**
 * Decodes frames in the order of their arrival, each sender with a decoder of its own.
 *
 * @returns Interleaved s16le, 48 kHz stereo.
 * @throws {@link Error} naming the frame that is not Opus.
 */
export function decodeFrames(frames: readonly HeardFrame[]): Buffer {
  const decoders = new Map<number, opus.OpusEncoder>();
  return Buffer.concat(
    frames.map((frame) => {
      const decoder = decoders.get(frame.ssrc) ?? new opus.OpusEncoder(SAMPLE_RATE_HZ, CHANNELS);
      decoders.set(frame.ssrc, decoder);
      try {
        return decoder.decode(frame.opus);
      } catch (cause) {
        throw new Error(`frame ${frame.sequence} of ${frame.fromUserId} is not Opus`, { cause });
      }
    }),
  );
}
