import { PlayerError } from '@bandstand/protocol';

const RIFF_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
const MAX_HEADER_BYTES = 4_096;
const EMPTY = Buffer.alloc(0);

/** Splits ffmpeg's WAV output into what its header says and the samples, however they are chunked. */
export class WavReader {
  #header: Buffer = EMPTY;
  #channels: number | undefined;

  /** Known once samples came. */
  get channels(): number | undefined {
    return this.#channels;
  }

  /** @returns The samples in this chunk; empty while the header is not complete. */
  push(chunk: Buffer): Buffer {
    if (this.#channels !== undefined) return chunk;
    const bytes = this.#header.length === 0 ? chunk : Buffer.concat([this.#header, chunk]);
    const dataAt = this.#readHeader(bytes);
    if (dataAt !== undefined) {
      this.#header = EMPTY;
      return bytes.subarray(dataAt);
    }
    if (bytes.length > MAX_HEADER_BYTES)
      throw new PlayerError('DECODER_FAILED', 'ffmpeg wrote no WAV header');
    this.#header = bytes;
    return EMPTY;
  }

  /** @returns Where the samples begin, once that is known. */
  #readHeader(bytes: Buffer): number | undefined {
    let channels = 0;
    for (let at = RIFF_HEADER_BYTES; at + CHUNK_HEADER_BYTES <= bytes.length; ) {
      const contentAt = at + CHUNK_HEADER_BYTES;
      const name = bytes.toString('latin1', at, at + 4);
      if (name === 'data') {
        this.#channels = channels;
        return contentAt;
      }
      if (name === 'fmt ' && contentAt + 4 <= bytes.length) channels = bytes.readUInt16LE(contentAt + 2);
      at = contentAt + bytes.readUInt32LE(at + 4);
    }
    return undefined;
  }
}
