import type { OpusHead } from './opus-head.ts';

/** What a container turned out to hold, once its headers were read. */
export type ContainerContent =
  | { readonly kind: 'opus'; readonly head: OpusHead; readonly durationMs?: number | undefined }
  /** Sound, but not an Opus stream that can be taken apart here: ffmpeg's work. */
  | { readonly kind: 'other' };

/** One Opus packet, with where the container says it belongs (`undefined`: right after the one before). */
export type PacketSink = (packet: Buffer, timestampMs: number | undefined) => void;

/** Takes a container apart as its bytes arrive. Packets are views into the chunks: no byte is copied unless it straddles two. */
export interface PacketDemuxer {
  /** Known once the headers were read. */
  readonly content: ContainerContent | undefined;
  /** Samples at the end of what was read that its encoder added to fill the last packet. */
  readonly paddingSamples?: number;
  /**
   * Reads on; `sink` is called for every whole packet.
   *
   * @throws PlayerError `MEDIA_BROKEN` when the bytes cannot be this container.
   */
  push(chunk: Buffer, sink: PacketSink): void;
  /**
   * The next chunk comes from elsewhere in the same media: from where a page or a cluster begins. Headers must be read by then.
   *
   * @param samplesBefore - Where in the stream the first packet there begins, for containers that count so.
   */
  jump(samplesBefore?: number): void;
}
