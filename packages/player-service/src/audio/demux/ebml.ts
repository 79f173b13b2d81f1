/** Matroska element ids, the length marker included. @see https://www.rfc-editor.org/rfc/rfc9559#section-5 */
export const EBML_ID = {
  ebmlHeader: 0x1a45dfa3,
  segment: 0x18538067,
  info: 0x1549a966,
  timestampScale: 0x2ad7b1,
  duration: 0x4489,
  tracks: 0x1654ae6b,
  trackEntry: 0xae,
  trackNumber: 0xd7,
  trackType: 0x83,
  codecId: 0x86,
  codecPrivate: 0x63a2,
  contentEncodings: 0x6d80,
  cluster: 0x1f43b675,
  clusterTimestamp: 0xe7,
  simpleBlock: 0xa3,
  blockGroup: 0xa0,
  block: 0xa1,
  discardPadding: 0x75a2,
  seekHead: 0x114d9b74,
  seek: 0x4dbb,
  seekId: 0x53ab,
  seekPosition: 0x53ac,
  cues: 0x1c53bb6b,
  cuePoint: 0xbb,
  cueTime: 0xb3,
  cueTrackPositions: 0xb7,
  cueTrack: 0xf7,
  cueClusterPosition: 0xf1,
} as const;

/** One element's id and size; `size` is `undefined` when the author did not know it (live WebM). */
export interface ElementHeader {
  readonly id: number;
  readonly size: number | undefined;
  /** Where the content begins. */
  readonly contentAt: number;
}

/** Length in bytes of the variable-size integer whose first byte is given; 9 or more is invalid. */
export function vintLength(firstByte: number): number {
  return Math.clz32(firstByte) - 23;
}

/**
 * Reads a variable-size integer without its length marker. Sizes above 2^53 come out inexact, which no real file reaches.
 *
 * @returns `undefined` for the reserved "all ones" value, which means unknown.
 */
export function readVint(bytes: Buffer, at: number, length: number): number | undefined {
  const first = bytes[at] ?? 0;
  const mask = 0xff >> length;
  let value = first & mask;
  let allOnes = value === mask;
  for (let i = 1; i < length; i++) {
    const byte = bytes[at + i] ?? 0;
    if (byte !== 0xff) allOnes = false;
    value = value * 256 + byte;
  }
  return allOnes ? undefined : value;
}

/** A big-endian unsigned integer of up to eight bytes, as Matroska stores numbers. */
export function readUnsigned(content: Buffer): number {
  let value = 0;
  for (const byte of content) value = value * 256 + byte;
  return value;
}

/** The same, in two's complement. */
export function readSigned(content: Buffer): number {
  const value = readUnsigned(content);
  return (content[0] ?? 0) < 0x80 ? value : value - 256 ** content.length;
}

/** A big-endian float of four or eight bytes; 0 for the empty one. */
export function readFloat(content: Buffer): number {
  if (content.length === 4) return content.readFloatBE(0);
  return content.length === 8 ? content.readDoubleBE(0) : 0;
}

/** @returns The header at `at`, `'short'` when more bytes are needed, `'invalid'` when these can be no element. */
export function readElementHeader(bytes: Buffer, at: number): ElementHeader | 'short' | 'invalid' {
  const idByte = bytes[at];
  if (idByte === undefined) return 'short';
  const idLength = vintLength(idByte);
  if (idLength > 4) return 'invalid';
  const sizeByte = bytes[at + idLength];
  if (sizeByte === undefined) return 'short';
  const sizeLength = vintLength(sizeByte);
  if (sizeLength > 8) return 'invalid';
  const contentAt = at + idLength + sizeLength;
  if (contentAt > bytes.length) return 'short';
  return { id: bytes.readUIntBE(at, idLength), size: readVint(bytes, at + idLength, sizeLength), contentAt };
}

/** Calls with each element inside `content`, in order, up to the first that is not whole. */
export function readChildren(content: Buffer, onChild: (id: number, content: Buffer) => void): void {
  for (let at = 0; at < content.length; ) {
    const header = readElementHeader(content, at);
    if (typeof header === 'string' || header.size === undefined) return;
    const end = header.contentAt + header.size;
    if (end > content.length) return;
    onChild(header.id, content.subarray(header.contentAt, end));
    at = end;
  }
}
