import { PlayerError } from '@bandstand/protocol';
import { SAMPLE_RATE_HZ } from '../frame.ts';
import { readBlockFrames } from './block-frames.ts';
import { EBML_ID, readElementHeader, readFloat, readSigned, readUnsigned, vintLength } from './ebml.ts';
import type { ContainerContent, PacketDemuxer, PacketSink } from './packet-demuxer.ts';
import { parseTrackEntry, type WebmTrack } from './webm-track.ts';

/** The largest element that is looked into. Real blocks hold a few hundred bytes, real track entries a few thousand. */
const MAX_ELEMENT_BYTES = 1024 * 1024;
const EMPTY = Buffer.alloc(0);
const DEFAULT_TIMESTAMP_SCALE_NS = 1_000_000;
const NS_PER_MS = 1_000_000;
const NS_PER_S = 1_000_000_000;

/**
 * Takes the first audio track out of WebM or Matroska.
 *
 * The elements that matter have ids found nowhere else, so the tree is read flat: a container element is entered by
 * passing its header, and its end needs no bookkeeping. That is what makes unknown sizes (live WebM) ordinary here.
 */
export class WebmDemuxer implements PacketDemuxer {
  #remainder: Buffer = EMPTY;
  #skipBytes = 0;
  #isEbml = false;
  #timestampScaleNs = DEFAULT_TIMESTAMP_SCALE_NS;
  #durationTicks: number | undefined;
  #clusterTimestamp = 0;
  #track: WebmTrack | undefined;
  #content: ContainerContent | undefined;
  #paddingSamples = 0;

  get content(): ContainerContent | undefined {
    return this.#content;
  }

  /** Milliseconds of one unit of time in the file, once its headers were read. */
  get timestampScaleMs(): number {
    return this.#timestampScaleNs / NS_PER_MS;
  }

  /** Of the track that is taken out; 0 while it is not known. */
  get trackNumber(): number {
    return this.#track?.number ?? 0;
  }

  get paddingSamples(): number {
    return this.#paddingSamples;
  }

  push(chunk: Buffer, sink: PacketSink): void {
    let at = 0;
    let bytes = chunk;
    if (this.#skipBytes > 0) {
      at = Math.min(this.#skipBytes, chunk.length);
      this.#skipBytes -= at;
    } else if (this.#remainder.length > 0) {
      bytes = Buffer.concat([this.#remainder, chunk]);
    }
    at = this.#readElements(bytes, at, sink);
    this.#remainder = at < bytes.length ? bytes.subarray(at) : EMPTY;
  }

  jump(): void {
    this.#remainder = EMPTY;
    this.#skipBytes = 0;
    this.#paddingSamples = 0;
  }

  /** @returns Where the first element begins that is not wholly there yet. */
  #readElements(bytes: Buffer, start: number, sink: PacketSink): number {
    let at = start;
    for (;;) {
      const header = readElementHeader(bytes, at);
      if (header === 'short') return at;
      if (header === 'invalid') throw new PlayerError('MEDIA_BROKEN', 'the bytes are not a Matroska element');
      if (!this.#isEbml && header.id !== EBML_ID.ebmlHeader) {
        throw new PlayerError('MEDIA_BROKEN', 'a Matroska file must begin with an EBML header');
      }

      const { id, size, contentAt } = header;
      if (isEntered(id)) {
        if (id === EBML_ID.cluster) this.#settleContent();
        at = contentAt;
        continue;
      }
      if (size === undefined) throw new PlayerError('MEDIA_BROKEN', 'a Matroska element lacks its size');

      const end = contentAt + size;
      if (isRead(id)) {
        if (size > MAX_ELEMENT_BYTES)
          throw new PlayerError('MEDIA_BROKEN', 'a Matroska element is far too large');
        if (end > bytes.length) return at;
        this.#readElement(id, bytes.subarray(contentAt, end), sink);
      } else {
        this.#isEbml = true; // the first element was checked to be the EBML header, whose content is of no interest
        if (end > bytes.length) {
          this.#skipBytes = end - bytes.length;
          return bytes.length;
        }
      }
      at = end;
    }
  }

  #readElement(id: number, content: Buffer, sink: PacketSink): void {
    switch (id) {
      case EBML_ID.simpleBlock:
      case EBML_ID.block:
        this.#readBlock(content, sink);
        return;
      case EBML_ID.discardPadding:
        // Signed, in nanoseconds. Negative (at the beginning) is as good as none: the head says the same.
        this.#paddingSamples = Math.max(0, Math.round((readSigned(content) * SAMPLE_RATE_HZ) / NS_PER_S));
        return;
      case EBML_ID.clusterTimestamp:
        this.#clusterTimestamp = readUnsigned(content);
        return;
      case EBML_ID.trackEntry: {
        const track = parseTrackEntry(content);
        if (track.isAudio) this.#track ??= track;
        return;
      }
      case EBML_ID.timestampScale:
        this.#timestampScaleNs = readUnsigned(content) || DEFAULT_TIMESTAMP_SCALE_NS;
        return;
      case EBML_ID.duration:
        this.#durationTicks = readFloat(content);
    }
  }

  /** Info and Tracks stand before the first cluster. */
  #settleContent(): void {
    if (this.#content !== undefined) return;
    const head = this.#track?.opus;
    if (head === undefined) {
      this.#content = { kind: 'other' };
      return;
    }
    const durationMs = (this.#durationTicks ?? 0) * this.timestampScaleMs;
    this.#content = { kind: 'opus', head, durationMs: durationMs > 0 ? durationMs : undefined };
  }

  #readBlock(content: Buffer, sink: PacketSink): void {
    if (this.#content?.kind !== 'opus' || content.length < 4) return;
    // Track number (a vint, one byte in practice), 16-bit timestamp relative to the cluster, flags.
    const numberLength = vintLength(content[0] ?? 0);
    if (numberLength > 4 || content.length < numberLength + 3) return;
    const number = content.readUIntBE(0, numberLength) & (2 ** (7 * numberLength) - 1);
    if (number !== this.#track?.number) return;

    this.#paddingSamples = 0; // that was of a block before
    const ticks = this.#clusterTimestamp + content.readInt16BE(numberLength);
    let timestampMs: number | undefined = ticks * this.timestampScaleMs;
    readBlockFrames(content.subarray(numberLength + 3), content[numberLength + 2] ?? 0, (frame) => {
      sink(frame, timestampMs);
      timestampMs = undefined; // a lace states only the time of its first frame
    });
  }
}

function isEntered(id: number): boolean {
  return (
    id === EBML_ID.segment ||
    id === EBML_ID.cluster ||
    id === EBML_ID.blockGroup ||
    id === EBML_ID.tracks ||
    id === EBML_ID.info
  );
}

function isRead(id: number): boolean {
  return (
    id === EBML_ID.simpleBlock ||
    id === EBML_ID.block ||
    id === EBML_ID.discardPadding ||
    id === EBML_ID.clusterTimestamp ||
    id === EBML_ID.trackEntry ||
    id === EBML_ID.timestampScale ||
    id === EBML_ID.duration
  );
}
