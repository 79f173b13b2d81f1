/** Five of these end a stretch of speech; an SFU may send them in clear even in an end-to-end encrypted call. */
const SILENCE = Buffer.from([0xf8, 0xff, 0xfe]);
const MARKER = 0xfafa;
const TAG_BYTES = 8;
/** Tag, one byte of nonce, the size byte and the marker. */
const SMALLEST_SUPPLEMENT = TAG_BYTES + 1 + 1 + 2;

/** A DAVE frame taken apart: `ciphertext | tag | ULEB128 nonce | ranges | supplement size | FA FA`. */
export interface DaveFrame {
  readonly ciphertext: Buffer;
  /** 8 bytes: AES-128-GCM, truncated. */
  readonly tag: Buffer;
  /** 32 bits; its top byte is the generation of the sender's ratchet. */
  readonly nonce: number;
}

export function isSilenceFrame(payload: Buffer): boolean {
  return payload.length === SILENCE.length && payload.equals(SILENCE);
}

/** Whether the payload ends like a DAVE frame; that its tag verifies is another matter. */
export function isDaveFrame(payload: Buffer): boolean {
  return parseDaveFrame(payload) !== undefined;
}

/**
 * Takes an audio frame apart. Opus is encrypted whole, so a frame with unencrypted ranges is none of ours.
 *
 * @see https://github.com/discord/dave-protocol/blob/main/protocol.md#payload-format
 * @returns `undefined` when the payload is no DAVE frame.
 */
export function parseDaveFrame(payload: Buffer): DaveFrame | undefined {
  if (payload.length < SMALLEST_SUPPLEMENT || payload.readUInt16BE(payload.length - 2) !== MARKER)
    return undefined;
  const supplementBytes = payload.readUInt8(payload.length - 3);
  if (supplementBytes < SMALLEST_SUPPLEMENT || supplementBytes > payload.length) return undefined;
  const start = payload.length - supplementBytes;
  const nonce = readUleb128(payload.subarray(start + TAG_BYTES, payload.length - 3));
  if (nonce === undefined) return undefined;
  return { ciphertext: payload.subarray(0, start), tag: payload.subarray(start, start + TAG_BYTES), nonce };
}

/** @returns The number when it fills the bytes exactly and fits 32 bits. */
function readUleb128(bytes: Buffer): number | undefined {
  let value = 0;
  for (const [index, byte] of bytes.entries()) {
    value += (byte & 0x7f) * 2 ** (7 * index);
    if ((byte & 0x80) === 0) return index === bytes.length - 1 && value <= 0xffff_ffff ? value : undefined;
  }
  return undefined;
}
