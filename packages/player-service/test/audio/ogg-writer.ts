import { opusPacketSamples } from '../../src/audio/demux/opus-packet.ts';

export interface OggWriting {
  readonly serial?: number;
  /** Lacing values on a page: packets are broken wherever that is. */
  readonly segmentsPerPage: number;
  /** What the author's count of samples begins with. */
  readonly firstGranule?: number;
  /** What is said of each page instead of what is true. */
  readonly lie?: (granule: bigint, page: number) => bigint;
}

const HEAD = Buffer.from('4f707573486561640102380180bb0000000000', 'hex');
const TAGS = Buffer.concat([Buffer.from('OpusTags'), Buffer.from('0100000061', 'hex'), Buffer.alloc(4)]);
const FLAG = { continued: 1, first: 2, last: 4 } as const;

/** Ogg as muxers seldom write it: pages that end in the middle of packets, and other counts. */
export function writeOgg(packets: readonly Buffer[], options: OggWriting): Buffer {
  const { serial = 1, segmentsPerPage, firstGranule = 0, lie = (granule: bigint) => granule } = options;
  const pages = [
    page({ serial, sequence: 0, flags: FLAG.first, granule: 0n, lacing: [HEAD.length], body: HEAD }),
    page({ serial, sequence: 1, flags: 0, granule: 0n, lacing: [TAGS.length], body: TAGS }),
  ];
  const lacing: number[] = [];
  const endsAfter = new Map<number, number>(); // lacing index to samples
  let samples = firstGranule;
  for (const packet of packets) {
    for (let left = packet.length; left >= 255; left -= 255) lacing.push(255);
    lacing.push(packet.length % 255);
    samples += opusPacketSamples(packet);
    endsAfter.set(lacing.length - 1, samples);
  }
  const body = Buffer.concat(packets);
  for (let first = 0, at = 0; first < lacing.length; first += segmentsPerPage) {
    const own = lacing.slice(first, first + segmentsPerPage);
    const bytes = own.reduce((sum, size) => sum + size, 0);
    let granule = -1n;
    for (let i = first; i < first + own.length; i++) {
      const end = endsAfter.get(i);
      if (end !== undefined) granule = BigInt(end);
    }
    const isContinued = first > 0 && lacing[first - 1] === 255;
    const isLast = first + segmentsPerPage >= lacing.length;
    const flags = (isContinued ? FLAG.continued : 0) | (isLast ? FLAG.last : 0);
    const sequence = pages.length;
    pages.push(
      page({
        serial,
        sequence,
        flags,
        granule: lie(granule, sequence),
        lacing: own,
        body: body.subarray(at, at + bytes),
      }),
    );
    at += bytes;
  }
  return Buffer.concat(pages);
}

interface PageContent {
  readonly serial: number;
  readonly sequence: number;
  readonly flags: number;
  readonly granule: bigint;
  readonly lacing: readonly number[];
  readonly body: Buffer;
}

function page({ serial, sequence, flags, granule, lacing, body }: PageContent): Buffer {
  const header = Buffer.alloc(27);
  header.write('OggS', 0, 'latin1');
  header.writeUInt8(flags, 5);
  header.writeBigInt64LE(granule, 6);
  header.writeUInt32LE(serial, 14);
  header.writeUInt32LE(sequence, 18);
  header.writeUInt8(lacing.length, 26);
  const bytes = Buffer.concat([header, Buffer.from(lacing), body]);
  bytes.writeUInt32LE(checksum(bytes), 22);
  return bytes;
}

/** Bit by bit, as RFC 3533 has it. */
function checksum(bytes: Buffer): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  }
  return crc >>> 0;
}
