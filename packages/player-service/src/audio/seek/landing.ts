import type { PacketDemuxer } from '../demux/packet-demuxer.ts';

/** Where in a container to begin reading for a position, as far as its author can be believed. */
export interface Landing {
  readonly byteOffset: number;
  /** What stands there, or the author was wrong. */
  readonly signature: Buffer;
  /** Takes the container apart from there on. */
  readonly demuxer: PacketDemuxer;
  /** What the container calls the beginning of the track. */
  readonly originMs: number;
  /** Of the first packet there; absent where packets carry their times themselves. */
  readonly firstPacketMs?: number | undefined;
}

/** What is known of the track, and the position that is looked for. */
export interface SeekTarget {
  /** From the beginning of the track. */
  readonly positionMs: number;
  /** Of the whole track, where someone says so: good for guesses only. */
  readonly durationMs: number | undefined;
}

/** Reading begins so much earlier, for whoever must decode: SeekPreRoll of WebM, 80 ms of RFC 7845 §4.6. */
export const PREROLL_MS = 80;
