import { CHANNELS, FRAME_SAMPLES, PCM_FRAME_BYTES } from '../frame.ts';
import {
  DECODER_PRIMING_PACKETS,
  ENCODER_DELAY_SAMPLES,
  FrameEncoder,
  type OpusEncoderSettings,
  PacketDecoder,
} from '../opus-codec.ts';
import type { UnitWindow } from '../units/unit-window.ts';
import { samplesOf, toFloat, toInt16 } from './pcm.ts';
import type { Stage } from './stage.ts';

/** Frames encoded and thrown away before the first one that counts, so that the encoder knows what came before. */
const ENCODER_PRIMING_FRAMES = 2;

/** Units before a frame that rendering it may ask for. */
export const UNITS_BEHIND = DECODER_PRIMING_PACKETS + ENCODER_PRIMING_FRAMES;
/** Units after a frame that rendering it may ask for: the encoder looks ahead. */
export const UNITS_AHEAD = 1;

const SAMPLES = FRAME_SAMPLES * CHANNELS;
const DELAY = ENCODER_DELAY_SAMPLES * CHANNELS;
const SILENT_UNIT = new Int16Array(SAMPLES);

/**
 * Makes the Opus frame of any index from the units around it.
 *
 * While no stage changes the signal and the unit is an Opus packet, the frame is that packet. Otherwise the signal is
 * decoded, put through the stages and encoded, in step with the packets to the sample: the encoder is fed ahead by its own
 * delay and has heard the frames before, so a listener's decoder is handed from one to the other without noticing.
 * Frames may be asked for again, from an earlier index on: that is how a change takes effect on frames already made.
 */
export class Renderer {
  readonly #units: UnitWindow;
  readonly #stages: readonly Stage[];
  readonly #settings: OpusEncoderSettings;
  #codec: { readonly encoder: FrameEncoder; readonly decoder: PacketDecoder } | undefined;
  /** The frame the codec is ready for; anything else needs priming. */
  #codecAt: number | undefined;
  readonly #floats = new Float32Array(SAMPLES);
  /** The processed unit of the frame, and of the one after it. */
  #current = new Int16Array(SAMPLES);
  #ahead = new Int16Array(SAMPLES);
  readonly #input = new Int16Array(SAMPLES);
  readonly #inputBytes = Buffer.from(this.#input.buffer, 0, PCM_FRAME_BYTES);

  constructor(units: UnitWindow, stages: readonly Stage[], settings: OpusEncoderSettings) {
    this.#units = units;
    this.#stages = stages;
    this.#settings = settings;
  }

  /** Whether all units that the frame needs are there. */
  canRender(index: number): boolean {
    return index < this.#units.end && (this.isUntouched(index) || this.#units.isSettled(index + UNITS_AHEAD));
  }

  /** Whether the frame is the source's own packet. */
  isUntouched(index: number): boolean {
    if (this.#units.at(index)?.kind !== 'opus') return false;
    for (const stage of this.#stages) if (!stage.isNeutralAt(index)) return false;
    return true;
  }

  render(index: number): Buffer {
    const unit = this.#units.at(index);
    if (unit?.kind === 'opus' && this.isUntouched(index)) return unit.packet;
    const codec = this.#openCodec();
    if (this.#codecAt === index) return codec.encoder.encode(this.#nextInput(index));
    this.#prime(index);
    return codec.encoder.encodeIndependently(this.#nextInput(index));
  }

  /** A stage changes its mind from frame `index` on: what was processed ahead of it is void. */
  invalidate(index: number): void {
    if (this.#codecAt !== undefined && this.#codecAt >= index) this.#codecAt = undefined;
  }

  #openCodec() {
    this.#codec ??= { encoder: new FrameEncoder(this.#settings), decoder: new PacketDecoder() };
    return this.#codec;
  }

  /** Brings decoder, stages and encoder to where they would be had they worked all along. */
  #prime(index: number): void {
    const { encoder, decoder } = this.#openCodec();
    encoder.reset();
    decoder.reset();
    for (const stage of this.#stages) stage.reset();

    const first = index - ENCODER_PRIMING_FRAMES;
    for (let i = first - DECODER_PRIMING_PACKETS; i < first; i++) this.#decode(i);
    this.#process(first, this.#ahead);
    this.#advance();
    for (let i = first; i < index; i++) encoder.encode(this.#nextInput(i));
  }

  /** What the encoder takes for frame `index`: its signal, begun later by the delay of the encoder. */
  #nextInput(index: number): Buffer {
    this.#process(index + 1, this.#ahead);
    this.#input.set(this.#current.subarray(DELAY));
    this.#input.set(this.#ahead.subarray(0, DELAY), SAMPLES - DELAY);
    this.#advance();
    this.#codecAt = index + 1;
    return this.#inputBytes;
  }

  #advance(): void {
    const free = this.#current;
    this.#current = this.#ahead;
    this.#ahead = free;
  }

  #process(index: number, into: Int16Array): void {
    toFloat(this.#decode(index), this.#floats);
    for (const stage of this.#stages) stage.process(this.#floats, index);
    toInt16(this.#floats, into);
  }

  /** Silence stands for what lies outside the track and for what cannot be decoded. */
  #decode(index: number): Int16Array {
    const unit = this.#units.at(index);
    if (unit === undefined) return SILENT_UNIT;
    if (unit.kind === 'pcm') return samplesOf(unit.pcm);
    const samples = this.#openCodec().decoder.decode(unit.packet);
    return samples?.length === SAMPLES ? samples : SILENT_UNIT;
  }
}
