import { PlayerError } from '@bandstand/protocol';
import type { ByteSource, ByteStream } from './byte-source.ts';

/**
 * Looks at the beginning of a source without losing it: the first to open it at 0 gets the stream that was looked at,
 * so that sniffing costs no second request.
 *
 * Whoever is going to seek asks for a short beginning, which ends by itself and leaves the connection to the next request.
 * What is read beyond it is asked for then.
 */
export class PeekedBytes implements ByteSource {
  readonly #source: ByteSource;
  readonly #abort: AbortController;
  readonly #head: Buffer[] = [];
  readonly #iterator: AsyncIterator<Buffer>;
  readonly #stream: ByteStream;
  readonly #signal: AbortSignal;
  #isTaken = false;

  /**
   * @param signal - Ends the stream that was looked at, whoever took it.
   * @param beginningBytes - As much as is asked for at first; everything, if absent.
   */
  static async open(source: ByteSource, signal: AbortSignal, beginningBytes?: number): Promise<PeekedBytes> {
    const abort = new AbortController();
    const stream = await source.open(0, AbortSignal.any([signal, abort.signal]), beginningBytes);
    return new PeekedBytes(source, stream, abort, signal);
  }

  private constructor(source: ByteSource, stream: ByteStream, abort: AbortController, signal: AbortSignal) {
    this.#source = source;
    this.#stream = stream;
    this.#abort = abort;
    this.#signal = AbortSignal.any([signal, abort.signal]);
    this.#iterator = this.#all();
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

  async open(offset: number, signal: AbortSignal, maxBytes?: number): Promise<ByteStream> {
    if (offset === 0 && !this.#isTaken) {
      this.#isTaken = true;
      return { ...this.#stream, chunks: this.#chunks(signal) };
    }
    return this.#openAt(offset, signal, maxBytes);
  }

  /** Drops the stream that was looked at, if nobody took it. */
  async close(): Promise<void> {
    if (this.#isTaken) return;
    this.#isTaken = true;
    this.#abort.abort();
    await this.#iterator.return?.();
  }

  async #openAt(offset: number, signal: AbortSignal, maxBytes?: number): Promise<ByteStream> {
    const stream = await this.#source.open(offset, signal, maxBytes);
    if (stream.offset === offset) return stream;
    await stream.chunks[Symbol.asyncIterator]().return?.();
    throw new PlayerError('NOT_SEEKABLE', 'the media server ignores ranges');
  }

  /** What was asked for at first, and then the rest. */
  async *#all(): AsyncGenerator<Buffer> {
    let position = 0;
    for await (const chunk of this.#stream.chunks) {
      position += chunk.length;
      yield chunk;
    }
    const { totalBytes } = this.#stream;
    if (totalBytes === undefined || position >= totalBytes) return;
    const rest = await this.#openAt(position, this.#signal);
    if (rest.totalBytes !== totalBytes) throw new PlayerError('MEDIA_CUT', 'the media changed meanwhile');
    yield* rest.chunks;
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
