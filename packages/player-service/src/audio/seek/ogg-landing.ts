import { PlayerError } from '@bandstand/protocol';
import { OggDemuxer } from '../demux/ogg-demuxer.ts';
import { isOpusHead } from '../demux/opus-head.ts';
import { opusPacketSamples } from '../demux/opus-packet.ts';
import { SAMPLE_RATE_HZ } from '../frame.ts';
import { type Landing, PREROLL_MS, type SeekTarget } from './landing.ts';
import { findLandmark, type Landmark } from './landmark-search.ts';
import { findOggPage, type OggPage } from './ogg-page.ts';
import type { SeekBytes } from './seek-bytes.ts';

/** Headers with a picture among the tags are longer: ffmpeg's work. */
const MAX_HEADER_BYTES = 512 * 1024;
const BEGINNING_BYTES = 64 * 1024;
/** Twice a page of common size; the largest there is may need all of the tries. */
const PROBE_BYTES = 32 * 1024;
const MAX_PROBES = 5;
/** Enough to hold the largest page. */
const TAIL_BYTES = 68 * 1024;
const OGG_PAGE = Buffer.from('OggS');
const NEAR_MS = 2_500;
const NEAR_BYTES = 64 * 1024;

/**
 * Where to begin in an Ogg file with one Opus stream: pages carry the sample they end at, so a page before the position is
 * found by guessing.
 *
 * Times count from the first packet of the stream, whatever number its author began with. They hold what a decoder throws
 * away at the beginning (pre-skip), as the positions of a playback do that began there.
 *
 * @throws PlayerError `MEDIA_BROKEN` for chained and multiplexed streams, and for whatever is not certain.
 * @see https://www.rfc-editor.org/rfc/rfc7845#section-4
 */
export async function oggLanding(bytes: SeekBytes, target: SeekTarget): Promise<Landing> {
  const header = await readHeader(bytes);
  const stream = new OggStream(bytes, header.serial);
  const place = await findLandmark({
    targetMs: Math.max(0, target.positionMs - PREROLL_MS) + header.originMs,
    first: { byteOffset: header.audioAt, timeMs: header.originMs },
    endOffset: bytes.totalBytes,
    endMs:
      target.durationMs === undefined
        ? await stream.endMs(header.audioAt)
        : header.originMs + target.durationMs,
    nearMs: NEAR_MS,
    nearBytes: NEAR_BYTES,
    next: (from, before) => stream.next(from, before),
  });
  const demuxer = new OggDemuxer();
  demuxer.push(header.bytes, () => {});
  demuxer.jump(Math.round((place.timeMs * SAMPLE_RATE_HZ) / 1_000));
  return {
    byteOffset: place.byteOffset,
    signature: OGG_PAGE,
    demuxer,
    originMs: header.originMs,
    firstPacketMs: place.timeMs,
  };
}

interface OggHeader {
  readonly serial: number;
  /** Everything before the first page with sound. */
  readonly bytes: Buffer;
  readonly audioAt: number;
  readonly originMs: number;
}

async function readHeader(source: SeekBytes): Promise<OggHeader> {
  for (const length of [BEGINNING_BYTES, MAX_HEADER_BYTES]) {
    const bytes = await source.read(0, length);
    const header = headerIn(bytes);
    if (header !== undefined) return header;
    if (bytes.length < length) break;
  }
  throw new PlayerError('MEDIA_BROKEN', 'no Ogg page with sound near the beginning');
}

function headerIn(bytes: Buffer): OggHeader | undefined {
  let serial: number | undefined;
  for (let page = findOggPage(bytes, 0); page !== undefined; page = findOggPage(bytes, page.end)) {
    if (page.isFirst) {
      const [packet] = page.packets;
      if (serial !== undefined || packet === undefined || !isOpusHead(packet))
        throw new PlayerError('MEDIA_BROKEN', 'several streams in Ogg');
      serial = page.serial;
    } else if (page.granule !== undefined && page.granule > 0) {
      if (page.serial !== serial) throw new PlayerError('MEDIA_BROKEN', 'several streams in Ogg');
      const originMs = beginMs(page);
      if (originMs === undefined || page.isContinued) throw new PlayerError('MEDIA_BROKEN', 'a short stream');
      return { serial, bytes: bytes.subarray(0, page.at), audioAt: page.at, originMs };
    }
  }
  return undefined;
}

class OggStream {
  readonly #bytes: SeekBytes;
  readonly #serial: number;

  constructor(bytes: SeekBytes, serial: number) {
    this.#bytes = bytes;
    this.#serial = serial;
  }

  async next(from: number, before: number): Promise<Landmark | undefined> {
    let seen: Buffer = Buffer.alloc(0);
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const offset = from + seen.length;
      if (offset >= this.#bytes.totalBytes) return undefined;
      const more = await this.#bytes.read(offset, PROBE_BYTES);
      seen = seen.length === 0 ? more : Buffer.concat([seen, more]);
      for (let page = findOggPage(seen, 0); page !== undefined; page = findOggPage(seen, page.end)) {
        if (from + page.at >= before) return undefined;
        this.#check(page);
        const timeMs = beginMs(page);
        if (timeMs !== undefined) return { byteOffset: from + page.at, timeMs };
      }
    }
    return undefined;
  }

  async endMs(audioAt: number): Promise<number> {
    const offset = Math.max(audioAt, this.#bytes.totalBytes - TAIL_BYTES);
    const tail = await this.#bytes.read(offset, TAIL_BYTES);
    let endMs: number | undefined;
    for (let page = findOggPage(tail, 0); page !== undefined; page = findOggPage(tail, page.end)) {
      this.#check(page);
      if (page.granule !== undefined) endMs = samplesToMs(page.granule);
    }
    if (endMs === undefined) throw new PlayerError('MEDIA_BROKEN', 'Ogg without an end');
    return endMs;
  }

  #check({ serial, isFirst }: OggPage): void {
    if (serial === this.#serial && !isFirst) return;
    throw new PlayerError('MEDIA_BROKEN', 'another stream in Ogg');
  }
}

/** When the first packet begins that begins on the page. The end of the last page is cut to what shall be heard. */
function beginMs({ granule, packets, isLast }: OggPage): number | undefined {
  if (granule === undefined || isLast) return undefined;
  let samples = 0;
  for (const packet of packets) {
    const packetSamples = opusPacketSamples(packet);
    if (packetSamples === 0) throw new PlayerError('MEDIA_BROKEN', 'a packet is not Opus');
    samples += packetSamples;
  }
  return samplesToMs(granule - samples);
}

function samplesToMs(samples: number): number {
  return (samples * 1_000) / SAMPLE_RATE_HZ;
}
