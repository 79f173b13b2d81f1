import { open } from 'node:fs/promises';
import { PlayerError } from '@bandstand/protocol';
import type { ByteSource, ByteStream } from './byte-source.ts';

const CHUNK_BYTES = 64 * 1024;

/** A file that was checked to lie under the configured root. */
export class FileBytes implements ByteSource {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async open(offset: number, signal: AbortSignal, maxBytes = Number.POSITIVE_INFINITY): Promise<ByteStream> {
    signal.throwIfAborted();
    const { size, isFile } = await this.#stat();
    if (!isFile) throw new PlayerError('FILE_NOT_FOUND', 'the path names no regular file');
    return {
      offset,
      totalBytes: size,
      isSeekable: true,
      chunks: this.#read(offset, offset + maxBytes, signal),
    };
  }

  async #stat(): Promise<{ size: number; isFile: boolean }> {
    const file = await this.#openFile();
    try {
      const stat = await file.stat();
      return { size: stat.size, isFile: stat.isFile() };
    } finally {
      await file.close();
    }
  }

  async *#read(offset: number, end: number, signal: AbortSignal): AsyncGenerator<Buffer> {
    const file = await this.#openFile();
    try {
      for (let at = offset; at < end; ) {
        signal.throwIfAborted();
        const wantedBytes = Math.min(CHUNK_BYTES, end - at);
        const chunk = Buffer.allocUnsafeSlow(wantedBytes);
        const { bytesRead, buffer } = await file.read(chunk, 0, wantedBytes, at);
        if (bytesRead === 0) return;
        yield buffer.subarray(0, bytesRead);
        at += bytesRead;
      }
    } finally {
      await file.close();
    }
  }

  async #openFile() {
    try {
      return await open(this.#path, 'r');
    } catch (cause) {
      throw new PlayerError('FILE_NOT_FOUND', 'the file cannot be opened', { cause });
    }
  }
}
