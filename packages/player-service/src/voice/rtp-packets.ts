import { FRAME_SAMPLES } from '../audio/frame.ts';
import { NONCE_COUNTER_BYTES, TAG_BYTES, type TransportSeal } from './transport-seal.ts';

const HEADER_BYTES = 12;
/** Version 2, no padding, no extension, no contributing sources. */
const VERSION = 0x80;
const OPUS_PAYLOAD_TYPE = 0x78;
const COUNTERS = 2 ** 32;

export interface RtpPacketsOptions {
  readonly ssrc: number;
  /** Of the first packet; random, as RFC 3550 (5.1) wants it. */
  readonly sequence: number;
  readonly timestamp: number;
  readonly seal: TransportSeal;
}

/**
 * Numbers and seals the packets of one SSRC under one key: RTP header, ciphertext, tag, nonce counter.
 *
 * It lives as long as the key, through resumes: a second numbering under the same key would use nonces twice, and with
 * them give away what they protect.
 */
export class RtpPackets {
  readonly #seal: TransportSeal;
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #sequence: number;
  #timestamp: number;
  #counter = 0;

  constructor({ ssrc, sequence, timestamp, seal }: RtpPacketsOptions) {
    this.#seal = seal;
    this.#sequence = sequence;
    this.#timestamp = timestamp;
    this.#header[0] = VERSION;
    this.#header[1] = OPUS_PAYLOAD_TYPE;
    this.#header.writeUInt32BE(ssrc, 8);
  }

  /**
   * The packet of the next frame. Its memory is nobody else's: the socket may hold it until the network takes it.
   *
   * @param frame - Opus, end-to-end encrypted already where that is due.
   */
  make(frame: Buffer): Buffer {
    const header = this.#header;
    const { nonce } = this.#seal;
    header.writeUInt16BE(this.#sequence, 2);
    header.writeUInt32BE(this.#timestamp, 4);
    this.#counter = (this.#counter + 1) % COUNTERS;
    nonce.writeUInt32BE(this.#counter, 0);
    const sealedEnd = HEADER_BYTES + frame.length + TAG_BYTES;
    const packet = Buffer.allocUnsafe(sealedEnd + NONCE_COUNTER_BYTES);
    packet.set(header, 0);
    this.#seal.seal(frame, header, packet, HEADER_BYTES);
    packet.writeUInt32BE(this.#counter, sealedEnd);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.skip(1);
    return packet;
  }

  /** Moves the timestamp on by frames in which nothing was sent. */
  skip(frames: number): void {
    this.#timestamp = (this.#timestamp + frames * FRAME_SAMPLES) % COUNTERS;
  }
}
