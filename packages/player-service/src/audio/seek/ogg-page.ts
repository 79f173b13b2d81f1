const CAPTURE = 'OggS';
const HEADER_BYTES = 27;
const CRC_AT = 22;
const CRC_POLYNOMIAL = 0x04c11db7;
const FLAG = { continued: 0x01, first: 0x02, last: 0x04 } as const;

/** One whole page, checked. @see https://www.rfc-editor.org/rfc/rfc3533#section-6 */
export interface OggPage {
  /** In the bytes it was found in. */
  readonly at: number;
  readonly end: number;
  readonly serial: number;
  /** Where the last packet that ends on the page ends, in samples; absent when none does. */
  readonly granule: number | undefined;
  /** It begins in the middle of a packet. */
  readonly isContinued: boolean;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  /** The packets that begin and end on the page. */
  readonly packets: readonly Buffer[];
}

/**
 * The first page from `from` on that is wholly there. The checksum tells it from the same letters inside a packet.
 */
export function findOggPage(bytes: Buffer, from: number): OggPage | undefined {
  for (let at = bytes.indexOf(CAPTURE, from, 'latin1'); at !== -1; ) {
    const end = endOf(bytes, at);
    if (end !== undefined && checksum(bytes, at, end) === bytes.readUInt32LE(at + CRC_AT))
      return readPage(bytes, at, end);
    at = bytes.indexOf(CAPTURE, at + 1, 'latin1');
  }
  return undefined;
}

function endOf(bytes: Buffer, at: number): number | undefined {
  if (at + HEADER_BYTES > bytes.length) return undefined;
  const tableEnd = at + HEADER_BYTES + (bytes[at + HEADER_BYTES - 1] ?? 0);
  if (tableEnd > bytes.length) return undefined;
  let end = tableEnd;
  for (let i = at + HEADER_BYTES; i < tableEnd; i++) end += bytes[i] ?? 0;
  return end <= bytes.length ? end : undefined;
}

function readPage(bytes: Buffer, at: number, end: number): OggPage {
  const flags = bytes[at + 5] ?? 0;
  const granule = Number(bytes.readBigInt64LE(at + 6));
  const tableEnd = at + HEADER_BYTES + (bytes[at + HEADER_BYTES - 1] ?? 0);
  const packets: Buffer[] = [];
  const isContinued = (flags & FLAG.continued) !== 0;
  let isWhole = !isContinued;
  let begin = tableEnd;
  let place = tableEnd;
  for (let i = at + HEADER_BYTES; i < tableEnd; i++) {
    const size = bytes[i] ?? 0;
    place += size;
    if (size === 255) continue;
    if (isWhole) packets.push(bytes.subarray(begin, place));
    isWhole = true;
    begin = place;
  }
  return {
    at,
    end,
    serial: bytes.readUInt32LE(at + 14),
    granule: granule < 0 ? undefined : granule,
    isContinued,
    isFirst: (flags & FLAG.first) !== 0,
    isLast: (flags & FLAG.last) !== 0,
    packets,
  };
}

/** CRC-32 of the page with zeros where it stands: high bit first, and neither begun nor ended with ones. */
function checksum(bytes: Buffer, at: number, end: number): number {
  let crc = 0;
  for (let i = at; i < end; i++) {
    const byte = i >= at + CRC_AT && i < at + CRC_AT + 4 ? 0 : (bytes[i] ?? 0);
    crc = (crc << 8) ^ (CRC_TABLE[(crc >>> 24) ^ byte] ?? 0);
  }
  return crc >>> 0;
}

const CRC_TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ CRC_POLYNOMIAL : crc << 1;
  return crc;
});
