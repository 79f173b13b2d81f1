import { PlayerError } from '@bandstand/protocol';
import { MAX_PASSTHROUGH_PACKET_BYTES, opusPacketSamples } from '../demux/opus-packet.ts';
import { FRAME_MS, FRAME_SAMPLES, SILENCE_FRAME } from '../frame.ts';
import { DECODER_PRIMING_PACKETS, PacketDecoder } from '../opus-codec.ts';
import { PcmFramer } from './pcm-framer.ts';
import type { Unit } from './unit.ts';

const SILENCE: Unit = { kind: 'opus', packet: SILENCE_FRAME };
/**
 * A jump of the timestamps within these bounds is a hole that is filled with silence so that positions stay true. A smaller
 * one is jitter of the author's clock, a larger one a lie of the container.
 */
const MIN_HOLE_MS = 3 * FRAME_MS;
const MAX_HOLE_MS = 10_000;
/** So many packets in a row that are no Opus make a damaged file. */
const MAX_INVALID_PACKETS = 50;

interface Reframer {
  readonly decoder: PacketDecoder;
  readonly framer: PcmFramer;
}

/**
 * Turns Opus packets into units. Packets of 20 ms stay as they are; from the first one of another length on, the rest of
 * the stream is decoded and cut anew, because packets and frames then begin at different times.
 */
export class OpusFramer {
  readonly #recent: Buffer[] = [];
  #reframer: Reframer | undefined;
  #invalidInRow = 0;
  /** Where the next packet belongs, as the timestamps so far have it. */
  #expectedMs: number | undefined;

  push(packet: Buffer, timestampMs: number | undefined, units: Unit[]): void {
    const samples = opusPacketSamples(packet);
    if (samples === 0) {
      this.#loseFrame(units);
      return;
    }
    this.#invalidInRow = 0;
    if (this.#reframer === undefined) {
      this.#fillHole(timestampMs, units);
      if (samples === FRAME_SAMPLES && packet.length <= MAX_PASSTHROUGH_PACKET_BYTES) {
        this.#keep(packet, units);
        return;
      }
      this.#reframer = this.#startReframing();
    }
    const pcm = this.#reframer.decoder.decode(packet);
    if (pcm === undefined) this.#loseFrame(units);
    else this.#reframer.framer.push(new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength), units);
  }

  /** The rest of the track, where it does not fill a frame. */
  flush(units: Unit[]): void {
    this.#reframer?.framer.flush(units);
  }

  #keep(packet: Buffer, units: Unit[]): void {
    units.push({ kind: 'opus', packet });
    this.#advance();
    this.#recent.push(packet);
    if (this.#recent.length > DECODER_PRIMING_PACKETS) this.#recent.shift();
  }

  /** A packet that is no Opus still takes its time. */
  #loseFrame(units: Unit[]): void {
    this.#invalidInRow++;
    if (this.#invalidInRow > MAX_INVALID_PACKETS)
      throw new PlayerError('MEDIA_BROKEN', 'the packets are not Opus');
    units.push(SILENCE);
    this.#advance();
  }

  /** Encoders that stop sending in silence leave holes between timestamps. */
  #fillHole(timestampMs: number | undefined, units: Unit[]): void {
    if (timestampMs === undefined) return;
    const holeMs = timestampMs - (this.#expectedMs ?? timestampMs);
    this.#expectedMs = timestampMs;
    if (holeMs < MIN_HOLE_MS || holeMs > MAX_HOLE_MS) return;
    for (let filledMs = FRAME_MS; filledMs <= holeMs; filledMs += FRAME_MS) units.push(SILENCE);
  }

  #advance(): void {
    if (this.#expectedMs !== undefined) this.#expectedMs += FRAME_MS;
  }

  #startReframing(): Reframer {
    const decoder = new PacketDecoder();
    for (const packet of this.#recent) decoder.decode(packet);
    return { decoder, framer: new PcmFramer() };
  }
}
