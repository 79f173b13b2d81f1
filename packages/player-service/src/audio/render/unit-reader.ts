import { CHANNELS, FRAME_SAMPLES, INTERLEAVED_SAMPLES } from '../frame.ts';
import { DECODER_PRIMING_PACKETS, PacketDecoder } from '../opus-codec.ts';
import type { UnitWindow } from '../units/unit-window.ts';
import { samplesOf, toFloat } from './pcm.ts';
import { trim } from './trim.ts';

/** The samples of any unit of the track; cheap for the same one again and for the one after it. */
export class UnitReader {
  readonly #units: UnitWindow;
  /** Made when it is first needed: most tracks are never decoded. */
  #last: Float32Array | undefined;
  #part: Float32Array | undefined;
  #lastIndex: number | undefined;
  #decoder: PacketDecoder | undefined;
  /** The unit that the decoder is ready for. */
  #decoderAt: number | undefined;

  constructor(units: UnitWindow) {
    this.#units = units;
  }

  /** Silence stands for what lies outside the track and for what cannot be decoded. */
  read(index: number, into: Float32Array): void {
    this.#last ??= new Float32Array(INTERLEAVED_SAMPLES);
    if (this.#lastIndex !== index) {
      this.#decode(index, this.#last);
      this.#lastIndex = index;
    }
    into.set(this.#last);
  }

  /** Any stretch of the track, by its first sample (counted per channel). */
  readSamples(fromSample: number, into: Float32Array): void {
    this.#part ??= new Float32Array(INTERLEAVED_SAMPLES);
    for (let at = 0; at < into.length; ) {
      const sample = fromSample + at / CHANNELS;
      const index = Math.floor(sample / FRAME_SAMPLES);
      this.read(index, this.#part);
      const part = this.#part
        .subarray((sample - index * FRAME_SAMPLES) * CHANNELS)
        .subarray(0, into.length - at);
      into.set(part, at);
      at += part.length;
    }
  }

  #decode(index: number, into: Float32Array): void {
    const unit = this.#units.at(index);
    if (unit === undefined) into.fill(0);
    else if (unit.kind === 'pcm') toFloat(samplesOf(unit.pcm), into);
    else this.#decodePacket(unit.packet, index, into);
    if (unit?.beginsAt !== undefined || unit?.endsAt !== undefined) trim(into, unit);
  }

  #decodePacket(packet: Buffer, index: number, into: Float32Array): void {
    this.#decoder ??= new PacketDecoder();
    if (this.#decoderAt !== index) this.#prime(this.#decoder, index);
    const samples = this.#decoder.decode(packet);
    this.#decoderAt = index + 1;
    if (samples?.length === INTERLEAVED_SAMPLES) toFloat(samples, into);
    else into.fill(0);
  }

  /** Brings the decoder to where it would be had it heard all packets before. */
  #prime(decoder: PacketDecoder, index: number): void {
    decoder.reset();
    for (let i = index - DECODER_PRIMING_PACKETS; i < index; i++) {
      const unit = this.#units.at(i);
      if (unit?.kind === 'opus') decoder.decode(unit.packet);
    }
  }
}
