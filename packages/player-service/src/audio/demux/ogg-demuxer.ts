import { PlayerError } from '@bandstand/protocol';
import { isOpusHead, parseOpusHead } from './opus-head.ts';
import { opusPacketSamples } from './opus-packet.ts';
import type { ContainerContent, PacketDemuxer, PacketSink } from './packet-demuxer.ts';

const EMPTY = Buffer.alloc(0);
const CAPTURE = 0x4f676753; // "OggS"
const PAGE_HEADER_BYTES = 27;
const FLAG = { continued: 0x01, first: 0x02, last: 0x04 } as const;
/** A packet of 120 ms, the longest there is. */
const MAX_PADDING_SAMPLES = 5_760;
/** A packet may span pages; Opus packets are at most 61 kB and comment headers with a picture a few hundred. */
const MAX_PACKET_BYTES = 1024 * 1024;
/** Lost capture is searched for in at most so many bytes before the file is given up. */
const MAX_RESYNC_BYTES = 256 * 1024;
const OPUS_TAGS = Buffer.from('OpusTags');

/**
 * Takes the first Opus stream out of Ogg; a stream chained behind it goes on as the same one.
 *
 * Page checksums are not verified: over TCP they guard against nothing, and computing them would cost as much as all the rest.
 *
 * @see https://www.rfc-editor.org/rfc/rfc3533#section-6
 */
export class OggDemuxer implements PacketDemuxer {
  #remainder: Buffer = EMPTY;
  #resyncBytes = 0;
  #serial: number | undefined;
  #partial: Buffer[] = [];
  #partialBytes = 0;
  #content: ContainerContent | undefined;
  /** Samples in all packets so far, and how many of them the last page says there are. */
  #samples = 0;
  #granule: number | undefined;

  get content(): ContainerContent | undefined {
    return this.#content;
  }

  /** @see https://www.rfc-editor.org/rfc/rfc7845#section-4.4 */
  get paddingSamples(): number {
    const padding = this.#samples - (this.#granule ?? this.#samples);
    // More than a packet is no padding: the stream did not begin at its beginning, or packets were lost.
    return padding > 0 && padding < MAX_PADDING_SAMPLES ? padding : 0;
  }

  push(chunk: Buffer, sink: PacketSink): void {
    const bytes = this.#remainder.length > 0 ? Buffer.concat([this.#remainder, chunk]) : chunk;
    let at = 0;
    while (at + PAGE_HEADER_BYTES <= bytes.length) {
      if (bytes.readUInt32BE(at) !== CAPTURE) {
        at = this.#resync(bytes, at);
        continue;
      }
      const segments = bytes[at + 26] ?? 0;
      const bodyAt = at + PAGE_HEADER_BYTES + segments;
      if (bodyAt > bytes.length) break;
      let bodyBytes = 0;
      for (let i = at + PAGE_HEADER_BYTES; i < bodyAt; i++) bodyBytes += bytes[i] ?? 0;
      if (bodyAt + bodyBytes > bytes.length) break;
      this.#resyncBytes = 0;
      this.#readPage(bytes, at, bodyAt, sink);
      at = bodyAt + bodyBytes;
    }
    this.#remainder = at < bytes.length ? bytes.subarray(at) : EMPTY;
  }

  jump(samplesBefore = 0): void {
    this.#samples = samplesBefore;
    this.#granule = undefined;
    this.#remainder = EMPTY;
    this.#resyncBytes = 0;
    this.#dropPartial();
  }

  /** @returns Where the next page may begin. */
  #resync(bytes: Buffer, at: number): number {
    this.#dropPartial();
    const found = bytes.indexOf('OggS', at + 1, 'latin1');
    const next = found === -1 ? bytes.length - 3 : found; // the capture may straddle this chunk and the next
    this.#resyncBytes += next - at;
    if (this.#resyncBytes > MAX_RESYNC_BYTES)
      throw new PlayerError('MEDIA_BROKEN', 'no Ogg page to be found');
    return next;
  }

  #readPage(bytes: Buffer, at: number, bodyAt: number, sink: PacketSink): void {
    const flags = bytes[at + 5] ?? 0;
    const serial = bytes.readUInt32LE(at + 14);
    if ((flags & FLAG.first) !== 0) this.#beginStream(serial, bytes.subarray(bodyAt));
    else if (this.#content === undefined) this.#content = { kind: 'other' }; // every stream began, none is Opus
    if (serial !== this.#serial) return;

    if ((flags & FLAG.continued) === 0) this.#dropPartial();
    const isOrphan = (flags & FLAG.continued) !== 0 && this.#partialBytes === 0;
    this.#readSegments(bytes, at + PAGE_HEADER_BYTES, bodyAt, isOrphan, sink);
    this.#granule = (flags & FLAG.last) === 0 ? undefined : Number(bytes.readBigInt64LE(at + 6));
  }

  #beginStream(serial: number, firstPacket: Buffer): void {
    if (!isOpusHead(firstPacket)) return;
    const head = parseOpusHead(firstPacket);
    if (head === undefined) return;
    this.#serial = serial;
    this.#content ??= { kind: 'opus', head };
  }

  /** A lacing value of 255 says that the packet goes on in the next segment. */
  #readSegments(bytes: Buffer, tableAt: number, bodyAt: number, isOrphan: boolean, sink: PacketSink): void {
    let skipping = isOrphan; // the rest of a packet whose beginning was lost
    let packetAt = bodyAt;
    let at = bodyAt;
    for (let i = tableAt; i < bodyAt; i++) {
      const size = bytes[i] ?? 0;
      at += size;
      if (size === 255) continue;
      if (!skipping) this.#finishPacket(bytes.subarray(packetAt, at), sink);
      skipping = false;
      packetAt = at;
    }
    if (at > packetAt && !skipping) this.#keepPartial(bytes.subarray(packetAt, at));
  }

  #finishPacket(tail: Buffer, sink: PacketSink): void {
    let packet = tail;
    if (this.#partialBytes > 0) {
      packet = Buffer.concat([...this.#partial, tail]);
      this.#dropPartial();
    }
    const isHeader = isOpusHead(packet) || packet.subarray(0, OPUS_TAGS.length).equals(OPUS_TAGS);
    if (isHeader) return;
    this.#samples += opusPacketSamples(packet);
    sink(packet, undefined);
  }

  #keepPartial(part: Buffer): void {
    this.#partialBytes += part.length;
    if (this.#partialBytes > MAX_PACKET_BYTES)
      throw new PlayerError('MEDIA_BROKEN', 'an Ogg packet is far too large');
    this.#partial.push(part);
  }

  #dropPartial(): void {
    this.#partial = [];
    this.#partialBytes = 0;
  }
}
