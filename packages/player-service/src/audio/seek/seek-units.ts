import { PlayerError } from '@bandstand/protocol';
import type { ByteSource } from '../bytes/byte-source.ts';
import type { PeekedBytes } from '../bytes/peeked-bytes.ts';
import type { PacketDemuxer, PacketSink } from '../demux/packet-demuxer.ts';
import type { Sniffed } from '../demux/sniff.ts';
import { FRAME_MS } from '../frame.ts';
import type { Unit } from '../units/unit.ts';
import { demuxedUnits } from '../units/unit-streams.ts';
import { type Landing, PREROLL_MS, type SeekTarget } from './landing.ts';
import { oggLanding } from './ogg-landing.ts';
import { SeekBytes } from './seek-bytes.ts';
import { webmLandings } from './webm-landing.ts';

/** Asked for first of what is to be sought in: holds the headers of nearly every file, and often the index. */
export const BEGINNING_BYTES = 64 * 1024;
/** Between where reading begins and the position: ten seconds of sound, or a few of it beside a picture. */
const MAX_APPROACH_BYTES = 8 * 1024 * 1024;

export interface SoughtUnits {
  /** What comes right before the position, as much as there is of what a decoder needs. */
  readonly leadIn: readonly Unit[];
  readonly units: AsyncIterable<readonly Unit[]>;
}

/**
 * The source's own packets from a position on, found in the container itself: by its index or by its times, with a few
 * requests for what is there. Each time that is believed was read where the packets are.
 *
 * @param beginning - What was read of the same bytes so far. It is not taken.
 * @returns `undefined` where anything is doubtful, or the bytes cannot be read from the middle: ffmpeg's work.
 * @throws PlayerError when the source fails.
 */
export async function seekUnits(
  source: ByteSource,
  beginning: PeekedBytes,
  container: Sniffed,
  target: SeekTarget,
  signal: AbortSignal,
): Promise<SoughtUnits | undefined> {
  const { isSeekable, totalBytes } = beginning;
  if (!isSeekable || totalBytes === undefined) return undefined;
  try {
    const seen = await readBeginning(beginning, Math.min(totalBytes, BEGINNING_BYTES));
    const bytes = new SeekBytes({ source, beginning: seen, totalBytes, signal });
    for await (const landing of landings(container, bytes, target)) {
      const sought = await approach(source, landing, target.positionMs, signal);
      if (sought !== undefined) return sought;
    }
  } catch (error) {
    if (!isDoubt(error)) throw error;
  }
  return undefined;
}

/** To its end, so that its connection is free for the next request. */
async function readBeginning(beginning: PeekedBytes, length: number): Promise<Buffer> {
  let seenBytes = beginning.peeked.reduce((sum, chunk) => sum + chunk.length, 0);
  while (seenBytes < length) {
    const chunk = await beginning.peek();
    if (chunk === undefined) break;
    seenBytes += chunk.length;
  }
  return Buffer.concat(beginning.peeked);
}

async function* landings(container: Sniffed, bytes: SeekBytes, target: SeekTarget): AsyncGenerator<Landing> {
  if (container === 'ogg') yield await oggLanding(bytes, target);
  else yield* webmLandings(bytes, target);
}

/** Reads from the landing up to the position. `undefined`: the position is not where it leads. */
async function approach(
  source: ByteSource,
  landing: Landing,
  positionMs: number,
  signal: AbortSignal,
): Promise<SoughtUnits | undefined> {
  const abandoned = new AbortController();
  const stream = await source.open(landing.byteOffset, AbortSignal.any([signal, abandoned.signal]));
  const watched = new WatchedDemuxer(landing);
  const batches = demuxedUnits(stream.chunks, watched);
  const units: Unit[] = [];
  let hasArrived = false;
  try {
    if (stream.offset !== landing.byteOffset)
      throw new PlayerError('NOT_SEEKABLE', 'the media server ignores ranges');
    for (;;) {
      const { value, done } = await batches.next();
      if (done === true) return undefined;
      units.push(...value);
      const index = Math.round((positionMs - watched.firstPacketMs) / FRAME_MS);
      if (!(index >= 0)) return undefined;
      if (units.length <= index) continue;
      hasArrived = true;
      watched.isBounded = false;
      const leadIn = units.slice(Math.max(0, index - PREROLL_MS / FRAME_MS), index);
      return { leadIn, units: continued(units.slice(index), batches) };
    }
  } catch (error) {
    if (isDoubt(error)) return undefined;
    throw error;
  } finally {
    if (!hasArrived) {
      await batches.return(undefined);
      abandoned.abort(); // the stream may not have been begun
    }
  }
}

async function* continued(
  first: readonly Unit[],
  rest: AsyncGenerator<readonly Unit[]>,
): AsyncGenerator<readonly Unit[]> {
  try {
    yield first;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

/** Sees that the landing is what it should be, and when its first packet is due. */
class WatchedDemuxer implements PacketDemuxer {
  readonly #landing: Landing;
  #seenBytes = 0;
  #start: Buffer = Buffer.alloc(0);
  /** Inside the track; NaN while unknown. */
  firstPacketMs = Number.NaN;
  isBounded = true;

  constructor(landing: Landing) {
    this.#landing = landing;
  }

  get content() {
    return this.#landing.demuxer.content;
  }

  get paddingSamples(): number {
    return this.#landing.demuxer.paddingSamples ?? 0;
  }

  push(chunk: Buffer, sink: PacketSink): void {
    if (!this.isBounded) {
      this.#landing.demuxer.push(chunk, sink);
      return;
    }
    this.#check(chunk);
    this.#landing.demuxer.push(chunk, (packet, timestampMs) => {
      if (Number.isNaN(this.firstPacketMs)) {
        const firstMs = this.#landing.firstPacketMs ?? timestampMs ?? Number.NaN;
        this.firstPacketMs = firstMs - this.#landing.originMs;
      }
      sink(packet, timestampMs);
    });
  }

  jump(): void {
    this.#landing.demuxer.jump();
  }

  #check(chunk: Buffer): void {
    const { signature } = this.#landing;
    if (this.#seenBytes < signature.length) {
      this.#start = Buffer.concat([this.#start, chunk.subarray(0, signature.length)]);
      const length = Math.min(signature.length, this.#start.length);
      if (signature.compare(this.#start, 0, length, 0, length) !== 0)
        throw new PlayerError('MEDIA_BROKEN', 'the container leads to something else');
    }
    this.#seenBytes += chunk.length;
    if (this.#seenBytes > MAX_APPROACH_BYTES)
      throw new PlayerError('MEDIA_BROKEN', 'the container leads too far from the position');
  }
}

function isDoubt(error: unknown): boolean {
  return error instanceof PlayerError && (error.code === 'MEDIA_BROKEN' || error.code === 'NOT_SEEKABLE');
}
