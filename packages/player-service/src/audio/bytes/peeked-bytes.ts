import { PlayerError } from '@bandstand/protocol';
import type { ByteSource, ByteStream } from './byte-source.ts';

/**
 * Looks at the beginning of a source without losing it: the first to open it at 0 gets the stream that was looked at,
 * so that sniffing costs no second request.
 */
export class PeekedBytes implements ByteSource {
  readonly #source: ByteSource;
  readonly #abort: AbortController;
  readonly #head: Buffer[] = [];
  readonly #iterator: AsyncIterator<Buffer>;
  readonly #stream: ByteStream;
  #isTaken = false;

  /** @param signal - Ends the stream that was looked at, whoever took it. */
  static async open(source: ByteSource, signal: AbortSignal): Promise<PeekedBytes> {
    const abort = new AbortController();
    const stream = await source.open(0, AbortSignal.any([signal, abort.signal]));
    return new PeekedBytes(source, stream, abort);
  }

  private constructor(source: ByteSource, stream: ByteStream, abort: AbortController) {
    this.#source = source;
    this.#stream = stream;
    this.#abort = abort;
    this.#iterator = stream.chunks[Symbol.asyncIterator]();
  }

  get isSeekable(): boolean {
    return this.#stream.isSeekable;
  }

  get totalBytes(): number | undefined {
    return this.#stream.totalBytes;
  }

  /** What was looked at so far. */
  get peeked(): readonly Buffer[] {
    return this.#head;
  }

  /** The next chunk of the beginning, or `undefined` at the end of the media. */
  async peek(): Promise<Buffer | undefined> {
    if (this.#isTaken) throw new Error('bug: peeked after the stream was taken');
    const { value, done } = await this.#iterator.next();
    if (done === true) return undefined;
    this.#head.push(value);
    return value;
  }

  async open(offset: number, signal: AbortSignal): Promise<ByteStream> {
    if (offset === 0 && !this.#isTaken) {
      this.#isTaken = true;
      return { ...this.#stream, chunks: this.#chunks(signal) };
    }
    const stream = await this.#source.open(offset, signal);
    if (stream.offset !== offset) {
      await stream.chunks[Symbol.asyncIterator]().return?.();
      throw new PlayerError('NOT_SEEKABLE', 'the media server ignores ranges');
    }
    return stream;
  }

  /** Drops the stream that was looked at, if nobody took it. */
  async close(): Promise<void> {
    if (this.#isTaken) return;
    this.#isTaken = true;
    this.#abort.abort();
    await this.#iterator.return?.();
  }

  async *#chunks(signal: AbortSignal): AsyncGenerator<Buffer> {
    const onAbort = () => this.#abort.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      for (const chunk of this.#head.splice(0)) yield chunk;
      for (;;) {
        signal.throwIfAborted();
        const { value, done } = await this.#iterator.next();
        if (done === true) return;
        yield value;
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      await this.#iterator.return?.();
    }
  }
}
