/**
 * The identification header of an Opus stream, alike in Ogg and (as CodecPrivate) in Matroska.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7845#section-5.1
 */
export interface OpusHead {
  readonly channels: number;
  /** Samples at the beginning that the encoder added: what its look-ahead made it late by. */
  readonly preSkipSamples: number;
  /** Gain the author of the file wants applied on decoding. 0 for almost every file. */
  readonly outputGainDb: number;
  /** 0 is plain mono or stereo. Anything else holds several streams in each packet, which a voice channel cannot carry. */
  readonly mappingFamily: number;
}

const MIN_BYTES = 19;
const MAGIC = Buffer.from('OpusHead');

/** @returns `undefined` when the bytes are no OpusHead of the one major version there is. */
export function parseOpusHead(bytes: Buffer): OpusHead | undefined {
  if (bytes.length < MIN_BYTES || !isOpusHead(bytes)) return undefined;
  const majorVersion = bytes.readUInt8(8) >> 4;
  if (majorVersion !== 0) return undefined;
  return {
    channels: bytes.readUInt8(9),
    preSkipSamples: bytes.readUInt16LE(10),
    outputGainDb: bytes.readInt16LE(16) / 256,
    mappingFamily: bytes.readUInt8(18),
  };
}

export function isOpusHead(bytes: Buffer): boolean {
  return bytes.subarray(0, MAGIC.length).equals(MAGIC);
}
