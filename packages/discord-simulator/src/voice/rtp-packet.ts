/** Opus, as every Discord client numbers it. */
export const OPUS_PAYLOAD_TYPE = 0x78;

const FIXED_HEADER_BYTES = 12;
const NONCE_BYTES = 4;
const TAG_BYTES = 16;

/** An RTP packet of the `rtpsize` modes: what is clear, what is not. Buffers are views of the datagram. */
export interface RtpPacket {
  readonly payloadType: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  /** Fixed header, CSRCs and, when present, the 4-byte extension preamble: authenticated, not encrypted. */
  readonly header: Buffer;
  /** Ciphertext with its 16-byte tag. */
  readonly sealed: Buffer;
  /** The 32-bit counter that trails the packet, as it was sent. */
  readonly nonce: Buffer;
  /** Bytes of header extension at the beginning of the *decrypted* payload. */
  readonly extensionBytes: number;
}

/**
 * Reads a datagram of the `*_rtpsize` modes.
 *
 * @see https://docs.discord.com/developers/topics/voice-connections#transport-encryption-modes
 * @returns `undefined` for whatever is not RTP version 2 or is too short to carry a tag.
 */
export function parseRtpPacket(datagram: Buffer): RtpPacket | undefined {
  if (datagram.length < FIXED_HEADER_BYTES + TAG_BYTES + NONCE_BYTES) return undefined;
  const first = datagram.readUInt8(0);
  if (first >> 6 !== 2) return undefined;
  const extended = (first & 0x10) !== 0;
  const headerBytes = FIXED_HEADER_BYTES + 4 * (first & 0x0f) + (extended ? 4 : 0);
  const sealedEnd = datagram.length - NONCE_BYTES;
  if (sealedEnd - headerBytes < TAG_BYTES) return undefined;
  return {
    payloadType: datagram.readUInt8(1) & 0x7f,
    sequence: datagram.readUInt16BE(2),
    timestamp: datagram.readUInt32BE(4),
    ssrc: datagram.readUInt32BE(8),
    header: datagram.subarray(0, headerBytes),
    sealed: datagram.subarray(headerBytes, sealedEnd),
    nonce: datagram.subarray(sealedEnd),
    extensionBytes: extended ? 4 * datagram.readUInt16BE(headerBytes - 2) : 0,
  };
}
