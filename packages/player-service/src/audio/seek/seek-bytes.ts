import { PlayerError } from '@bandstand/protocol';
import type { ByteSource } from '../bytes/byte-source.ts';

/** Real files need three or four requests, and bytes of a few pages or one index. */
const MAX_REQUESTS = 20;
const MAX_BYTES = 4 * 1024 * 1024;

export interface SeekBytesOptions {
  readonly source: ByteSource;
  /** What was read of the beginning already. */
  readonly beginning: Buffer;
  readonly totalBytes: number;
  readonly signal: AbortSignal;
}

/** Parts of a media, wherever they are, for whoever looks for a place in it. What looks for too long gives up. */
export class SeekBytes {
  readonly totalBytes: number;
  readonly #options: SeekBytesOptions;
  #requests = 0;
  #bytes = 0;

  constructor(options: SeekBytesOptions) {
    this.#options = options;
    this.totalBytes = options.totalBytes;
  }

  /** Up to here nothing must be asked for. */
  get knownBytes(): number {
    return this.#options.beginning.length;
  }

  /**
   * @returns As many bytes as were asked for, or as there are up to the end of the media.
   * @throws PlayerError `MEDIA_BROKEN` beyond the end or the budget, `NOT_SEEKABLE` when the source begins elsewhere; or what it fails with.
   */
  async read(offset: number, length: number): Promise<Buffer> {
    const { beginning, source, signal } = this.#options;
    const end = Math.min(offset + length, this.totalBytes);
    if (offset < 0 || offset >= end) throw new PlayerError('MEDIA_BROKEN', 'a place outside the media');
    if (end <= beginning.length) return beginning.subarray(offset, end);

    this.#requests++;
    this.#bytes += end - offset;
    if (this.#requests > MAX_REQUESTS || this.#bytes > MAX_BYTES)
      throw new PlayerError('MEDIA_BROKEN', 'the place is searched for too long');
    const stream = await source.open(offset, signal, end - offset);
    const chunks: Buffer[] = [];
    let leftBytes = end - offset;
    for await (const chunk of stream.chunks) {
      if (stream.offset !== offset) throw new PlayerError('NOT_SEEKABLE', 'the media server ignores ranges');
      chunks.push(chunk.subarray(0, leftBytes));
      leftBytes -= chunk.length;
      if (leftBytes < 0) break; // more than was asked for; at 0 the stream ends by itself, which spares its connection
    }
    if (leftBytes > 0) throw new PlayerError('MEDIA_BROKEN', 'the media is shorter than it was');
    return Buffer.concat(chunks);
  }
}
