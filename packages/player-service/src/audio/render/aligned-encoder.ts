import { CHANNELS, INTERLEAVED_SAMPLES, PCM_FRAME_BYTES } from '../frame.ts';
import { ENCODER_DELAY_SAMPLES, FrameEncoder, type OpusEncoderSettings } from '../opus-codec.ts';
import { toInt16 } from './pcm.ts';

/** Gives the samples of any frame. */
export type ReadFrame = (index: number, into: Float32Array) => void;

/** Frames encoded and thrown away before the first one that counts, so that the encoder knows what came before. */
export const ENCODER_PRIMING_FRAMES = 2;
/** Frames of the signal after a frame that encoding it asks for: the encoder looks ahead. */
export const FRAMES_AHEAD = 1;

const DELAY = ENCODER_DELAY_SAMPLES * CHANNELS;

/**
 * Encodes any frame of a signal in step with it to the sample: it is fed ahead by its own delay and has heard the frames
 * before, so a listener's decoder that heard other packets until now does not notice.
 */
export class AlignedEncoder {
  readonly #settings: OpusEncoderSettings;
  readonly #encoder: FrameEncoder;
  readonly #floats = new Float32Array(INTERLEAVED_SAMPLES);
  readonly #input = new Int16Array(INTERLEAVED_SAMPLES);
  readonly #inputBytes = Buffer.from(this.#input.buffer, 0, PCM_FRAME_BYTES);
  /** The signal of the frame, and of the one after it. */
  #current = new Int16Array(INTERLEAVED_SAMPLES);
  #ahead = new Int16Array(INTERLEAVED_SAMPLES);
  /** The frame it is ready for; anything else needs priming. */
  #next: number | undefined;

  /** @param settings - Looked at before each frame: they may change under way. */
  constructor(settings: OpusEncoderSettings) {
    this.#settings = settings;
    this.#encoder = new FrameEncoder(settings);
  }

  encode(index: number, read: ReadFrame): Buffer {
    this.#encoder.tune(this.#settings);
    if (this.#next === index) return this.#encoder.encode(this.#nextInput(index, read));
    this.#prime(index, read);
    return this.#encoder.encodeIndependently(this.#nextInput(index, read));
  }

  /** The signal is a different one from frame `index` on. */
  invalidate(index: number): void {
    if (this.#next !== undefined && this.#next >= index) this.#next = undefined;
  }

  /** Brings the encoder to where it would be had it worked all along. */
  #prime(index: number, read: ReadFrame): void {
    this.#encoder.reset();
    const first = index - ENCODER_PRIMING_FRAMES;
    this.#readAhead(first, read);
    this.#advance();
    for (let i = first; i < index; i++) this.#encoder.encode(this.#nextInput(i, read));
  }

  /** What the encoder takes for frame `index`: its signal, begun later by the delay of the encoder. */
  #nextInput(index: number, read: ReadFrame): Buffer {
    this.#readAhead(index + FRAMES_AHEAD, read);
    this.#input.set(this.#current.subarray(DELAY));
    this.#input.set(this.#ahead.subarray(0, DELAY), INTERLEAVED_SAMPLES - DELAY);
    this.#advance();
    this.#next = index + 1;
    return this.#inputBytes;
  }

  #readAhead(index: number, read: ReadFrame): void {
    read(index, this.#floats);
    toInt16(this.#floats, this.#ahead);
  }

  #advance(): void {
    const free = this.#current;
    this.#current = this.#ahead;
    this.#ahead = free;
  }
}
