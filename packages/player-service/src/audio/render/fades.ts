import { INTERLEAVED_SAMPLES } from '../frame.ts';
import { type AlignedEncoder, ENCODER_PRIMING_FRAMES, FRAMES_AHEAD } from './aligned-encoder.ts';
import { fade } from './fade-ramp.ts';
import type { SignalChain } from './signal-chain.ts';

/**
 * Frames with which a playback may fall silent and go on: for each frame from `from` on one that fades out, followed by one
 * for the frame after it that fades in. Whoever plays takes the first pair that is there in time.
 *
 * @returns Two frames for each of `count`, or fewer where the track is not read so far yet.
 */
export function renderFades(
  chain: SignalChain,
  encoder: AlignedEncoder,
  { from, count }: { readonly from: number; readonly count: number },
): Buffer[] {
  const signal = new Map<number, Float32Array>();
  const end = from + count + 1 + FRAMES_AHEAD;
  for (let i = from - ENCODER_PRIMING_FRAMES; i < end && chain.canProcess(i); i++) {
    const samples = new Float32Array(INTERLEAVED_SAMPLES);
    chain.process(i, samples);
    signal.set(i, samples);
  }
  const frames: Buffer[] = [];
  for (let i = from; i < from + count && signal.has(i + 1 + FRAMES_AHEAD); i++) {
    const read = (index: number, into: Float32Array) => into.set(signal.get(index) ?? []);
    frames.push(encodeAlone(encoder, i, (index, into) => readFadingOut(i, index, into, read)));
    frames.push(encodeAlone(encoder, i + 1, (index, into) => readFadingIn(i + 1, index, into, read)));
  }
  return frames;
}

type Read = (index: number, into: Float32Array) => void;

function encodeAlone(encoder: AlignedEncoder, index: number, read: Read): Buffer {
  encoder.invalidate(Number.NEGATIVE_INFINITY);
  const frame = encoder.encode(index, read);
  encoder.invalidate(Number.NEGATIVE_INFINITY);
  return frame;
}

function readFadingOut(last: number, index: number, into: Float32Array, read: Read): void {
  if (index > last) into.fill(0);
  else read(index, into);
  if (index === last) fade(into, 'out');
}

function readFadingIn(first: number, index: number, into: Float32Array, read: Read): void {
  if (index < first) into.fill(0);
  else read(index, into);
  if (index === first) fade(into, 'in');
}
