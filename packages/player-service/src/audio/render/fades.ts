import { INTERLEAVED_SAMPLES } from '../frame.ts';
import {
  type AlignedEncoder,
  ENCODER_PRIMING_FRAMES,
  FRAMES_AHEAD,
  type ReadFrame,
} from './aligned-encoder.ts';
import { fade } from './fade-ramp.ts';
import type { SignalChain } from './signal-chain.ts';

/** For which silences frames are wanted: before each of the `count` frames from `firstFrame` on. */
export interface FadeWish {
  readonly firstFrame: number;
  readonly count: number;
  /** Whether something is heard before the silence, … */
  readonly before: boolean;
  /** … and how it goes on behind it. */
  readonly after: 'fading in' | 'as it is' | false;
}

/** What is heard around the silence before one frame. */
export interface FadeFrames {
  /** In place of the frame before it: fades out. */
  readonly before: readonly Buffer[];
  /** In place of that frame, which fades in, and of those after it, which lead a decoder to where it is without a fade. */
  readonly after: readonly Buffer[];
}

const FRAMES_AFTER = 3;

/**
 * Makes frames with which a playback may fall silent, or come out of silence, at any of some places. Whoever plays takes those
 * of the first place for which they are there in time.
 *
 * @returns By place; fewer than wanted where the track is not read so far yet.
 */
export function renderFades(chain: SignalChain, encoder: AlignedEncoder, wish: FadeWish): FadeFrames[] {
  const { firstFrame, count } = wish;
  const framesAhead = (wish.after === false ? 0 : FRAMES_AFTER) + FRAMES_AHEAD;
  const signal = readSignal(chain, firstFrame - 1 - ENCODER_PRIMING_FRAMES, firstFrame + count + framesAhead);
  const places: FadeFrames[] = [];
  for (let at = firstFrame; at < firstFrame + count && signal.has(at + framesAhead - 1); at++) {
    const outgoing: ReadFrame = (index, into) => {
      into.set(index < at ? (signal.get(index) ?? []) : SILENCE);
      if (index === at - 1) fade(into, 'out');
    };
    const incoming: ReadFrame = (index, into) => {
      into.set(index >= at ? (signal.get(index) ?? []) : SILENCE);
      if (index === at) fade(into, 'in');
    };
    const asItIs: ReadFrame = (index, into) => into.set(signal.get(index) ?? SILENCE);
    const following = wish.after === 'as it is' ? asItIs : incoming;
    places.push({
      before: wish.before ? encodeAlone(encoder, at - 1, 1, outgoing) : [],
      after: wish.after === false ? [] : encodeAlone(encoder, at, FRAMES_AFTER, following),
    });
  }
  return places;
}

const SILENCE = new Float32Array(INTERLEAVED_SAMPLES);

function readSignal(chain: SignalChain, from: number, end: number): ReadonlyMap<number, Float32Array> {
  const signal = new Map<number, Float32Array>();
  for (let i = from; i < end && chain.canProcess(i); i++) {
    const samples = new Float32Array(INTERLEAVED_SAMPLES);
    chain.process(i, samples);
    signal.set(i, samples);
  }
  return signal;
}

/** The encoder knows nothing of this signal before, and forgets it again. */
function encodeAlone(encoder: AlignedEncoder, first: number, count: number, read: ReadFrame): Buffer[] {
  encoder.invalidate(Number.NEGATIVE_INFINITY);
  const frames = Array.from({ length: count }, (_, i) => encoder.encode(first + i, read));
  encoder.invalidate(Number.NEGATIVE_INFINITY);
  return frames;
}
