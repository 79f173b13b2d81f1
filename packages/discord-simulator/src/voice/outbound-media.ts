import type { RtpPacket } from './rtp-packet.ts';
import { OPUS_PAYLOAD_TYPE } from './rtp-packet.ts';
import type { TransportCipher } from './transport-cipher.ts';

/** What a forwarded frame needs; the SFU keeps the sender's numbering. */
export interface OutboundFrame extends Pick<RtpPacket, 'sequence' | 'timestamp' | 'ssrc'> {
  readonly payload: Buffer;
}

/** Wraps frames of others in RTP, sealed with the receiver's own key. */
export class OutboundMedia {
  readonly #cipher: TransportCipher;
  #counter = 0;

  constructor(cipher: TransportCipher) {
    this.#cipher = cipher;
  }

  seal(frame: OutboundFrame): Buffer {
    const header = Buffer.alloc(12);
    header.writeUInt8(0x80, 0);
    header.writeUInt8(OPUS_PAYLOAD_TYPE, 1);
    header.writeUInt16BE(frame.sequence, 2);
    header.writeUInt32BE(frame.timestamp, 4);
    header.writeUInt32BE(frame.ssrc, 8);
    this.#counter = (this.#counter + 1) >>> 0;
    const nonce = Buffer.alloc(4);
    nonce.writeUInt32BE(this.#counter);
    return Buffer.concat([header, this.#cipher.seal(frame.payload, header, nonce), nonce]);
  }
}
