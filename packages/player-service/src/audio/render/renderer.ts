import { CHANNELS, INTERLEAVED_SAMPLES, PCM_FRAME_BYTES } from '../frame.ts';
import { ENCODER_DELAY_SAMPLES, FrameEncoder, type OpusEncoderSettings } from '../opus-codec.ts';
import { toInt16 } from './pcm.ts';
import type { SignalChain } from './signal-chain.ts';

/** Frames encoded and thrown away before the first one that counts, so that the encoder knows what came before. */
export const ENCODER_PRIMING_FRAMES = 2;
/** Frames of the signal after a frame that encoding it asks for: the encoder looks ahead. */
export const FRAMES_AHEAD = 1;

const DELAY = ENCODER_DELAY_SAMPLES * CHANNELS;

/** What encoding needs; made when the first frame is not a packet of the source. */
interface Encoding {
  readonly encoder: FrameEncoder;
  readonly floats: Float32Array;
  readonly input: Int16Array;
  readonly inputBytes: Buffer;
  /** The signal of the frame, and of the one after it. */
  current: Int16Array;
  ahead: Int16Array;
}

/**
 * Makes the Opus frame of any index from the signal.
 *
 * Where nothing changes a packet of the source, the frame is that packet. Otherwise the signal is encoded, in step with the
 * packets to the sample: the encoder is fed ahead by its own delay and has heard the frames before, so a listener's decoder
 * is handed from one to the other without noticing. Frames may be asked for again, from an earlier index on: that is how a
 * change takes effect on frames already made.
 */
export class Renderer {
  readonly #chain: SignalChain;
  readonly #settings: OpusEncoderSettings;
  #encoding: Encoding | undefined;
  /** The frame the encoder is ready for; anything else needs priming. */
  #encoderAt: number | undefined;

  /** @param settings - Looked at before each frame: they may change under way. */
  constructor(chain: SignalChain, settings: OpusEncoderSettings) {
    this.#chain = chain;
    this.#settings = settings;
  }

  /** Whether all that the frame needs is there. */
  canRender(index: number): boolean {
    if (!this.#chain.isInside(index)) return false;
    return this.isUntouched(index) || this.#chain.canProcess(index + FRAMES_AHEAD);
  }

  /** Whether the frame is the source's own packet. */
  isUntouched(index: number): boolean {
    return this.#chain.isUntouched(index);
  }

  render(index: number): Buffer {
    const packet = this.#chain.untouchedPacket(index);
    if (packet !== undefined) return packet;
    this.#encoding ??= openEncoding(this.#settings);
    const { encoder } = this.#encoding;
    encoder.tune(this.#settings);
    if (this.#encoderAt === index) return encoder.encode(this.#nextInput(this.#encoding, index));
    this.#prime(this.#encoding, index);
    return encoder.encodeIndependently(this.#nextInput(this.#encoding, index));
  }

  /** Something is different from frame `index` on: what was encoded ahead of it is void. */
  invalidate(index: number): void {
    this.#chain.invalidate(index);
    if (this.#encoderAt !== undefined && this.#encoderAt >= index) this.#encoderAt = undefined;
  }

  /** Brings the encoder to where it would be had it worked all along. */
  #prime(encoding: Encoding, index: number): void {
    encoding.encoder.reset();
    const first = index - ENCODER_PRIMING_FRAMES;
    this.#readAhead(encoding, first);
    advance(encoding);
    for (let i = first; i < index; i++) encoding.encoder.encode(this.#nextInput(encoding, i));
  }

  /** What the encoder takes for frame `index`: its signal, begun later by the delay of the encoder. */
  #nextInput(encoding: Encoding, index: number): Buffer {
    const { current, ahead, input } = encoding;
    this.#readAhead(encoding, index + FRAMES_AHEAD);
    input.set(current.subarray(DELAY));
    input.set(ahead.subarray(0, DELAY), INTERLEAVED_SAMPLES - DELAY);
    advance(encoding);
    this.#encoderAt = index + 1;
    return encoding.inputBytes;
  }

  #readAhead({ floats, ahead }: Encoding, index: number): void {
    this.#chain.process(index, floats);
    toInt16(floats, ahead);
  }
}

function openEncoding(settings: OpusEncoderSettings): Encoding {
  const input = new Int16Array(INTERLEAVED_SAMPLES);
  return {
    encoder: new FrameEncoder(settings),
    floats: new Float32Array(INTERLEAVED_SAMPLES),
    input,
    inputBytes: Buffer.from(input.buffer, 0, PCM_FRAME_BYTES),
    current: new Int16Array(INTERLEAVED_SAMPLES),
    ahead: new Int16Array(INTERLEAVED_SAMPLES),
  };
}

function advance(encoding: Encoding): void {
  const free = encoding.current;
  encoding.current = encoding.ahead;
  encoding.ahead = free;
}
