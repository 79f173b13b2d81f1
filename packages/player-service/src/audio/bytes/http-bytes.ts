import { PlayerError } from '@bandstand/protocol';
import { type Dispatcher, request } from 'undici';
import type { ByteSource, ByteStream } from './byte-source.ts';
import { connectFailure, statusFailure } from './http-failure.ts';

export interface HttpBytesOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly client: Dispatcher;
  /** Of all streams of this source together. */
  readonly maxBytes: number;
}

interface Answer {
  /** After redirects. */
  readonly url: string;
  readonly body: AsyncIterable<Buffer> & { destroy(error?: Error): unknown };
  readonly offset: number;
  /** One past the last byte that is wanted; absent: to the end. */
  readonly wantedEnd: number | undefined;
  readonly totalBytes: number | undefined;
  readonly acceptsRanges: boolean;
  /** A strong ETag or a date: proves on resuming that the bytes are still the same. */
  readonly validator: string | undefined;
}

/** Progress after a resume that earns another one. */
const PROGRESS_BYTES = 256 * 1024;
/** Ours to set, or of one connection only. */
const OWN_HEADERS = new Set(
  [
    'accept-encoding',
    'connection',
    'content-length',
    'expect',
    'host',
    'if-range',
    'keep-alive',
    'range',
  ].concat(['proxy-authorization', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade']),
);

/**
 * Media behind an HTTP URL. A connection that breaks is resumed once by a range request for the same bytes (RFC 9110
 * §13.1.5); what cannot be resumed is `MEDIA_CUT`, never an end.
 */
export class HttpBytes implements ByteSource {
  readonly #options: HttpBytesOptions;
  readonly #headers: Readonly<Record<string, string>>;
  #receivedBytes = 0;

  constructor(options: HttpBytesOptions) {
    this.#options = options;
    this.#headers = Object.fromEntries(
      Object.entries(options.headers).filter(([name]) => !OWN_HEADERS.has(name.toLowerCase())),
    );
  }

  async open(
    offset: number,
    signal: AbortSignal,
    maxBytes?: number,
  ): Promise<ByteStream & { readonly url: string }> {
    const answer = await this.#request(
      offset,
      signal,
      maxBytes === undefined ? undefined : offset + maxBytes,
    );
    if (answer.totalBytes !== undefined && answer.totalBytes > this.#options.maxBytes) {
      answer.body.destroy();
      throw this.#tooLarge();
    }
    return {
      url: answer.url,
      offset: answer.offset,
      totalBytes: answer.totalBytes,
      isSeekable: answer.acceptsRanges && answer.totalBytes !== undefined,
      chunks: this.#read(answer, signal),
    };
  }

  async *#read(first: Answer, signal: AbortSignal): AsyncGenerator<Buffer> {
    let answer = first;
    let position = first.offset;
    let resumedAt: number | undefined;
    const { totalBytes, wantedEnd } = first;
    const end = wantedEnd === undefined ? totalBytes : Math.min(wantedEnd, totalBytes ?? wantedEnd);
    for (;;) {
      let cause: unknown;
      try {
        for await (const chunk of answer.body) {
          position += chunk.length;
          this.#count(chunk.length);
          const surplusBytes = wantedEnd === undefined ? 0 : position - wantedEnd;
          if (surplusBytes < chunk.length) yield surplusBytes > 0 ? chunk.subarray(0, -surplusBytes) : chunk;
          if (surplusBytes > 0) return; // the server sends more than was asked for
        }
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof PlayerError) throw error;
        cause = error;
      }
      if (end === undefined ? cause === undefined : position >= end) return;
      const mayResume = resumedAt === undefined || position - resumedAt >= PROGRESS_BYTES;
      if (!mayResume) throw cut(position, totalBytes);
      resumedAt = position;
      answer = await this.#resume(first, position, signal);
    }
  }

  async #resume(first: Answer, position: number, signal: AbortSignal): Promise<Answer> {
    if (!first.acceptsRanges) throw cut(position, first.totalBytes);
    const answer = await this.#request(position, signal, first.wantedEnd, first.validator);
    if (answer.offset !== position || answer.totalBytes !== first.totalBytes) {
      answer.body.destroy();
      throw cut(position, first.totalBytes);
    }
    return answer;
  }

  async #request(
    offset: number,
    signal: AbortSignal,
    wantedEnd: number | undefined,
    validator?: string,
  ): Promise<Answer> {
    const headers: Record<string, string> = { ...this.#headers, 'accept-encoding': 'identity' };
    // From 0 too: the answer tells the length and whether ranges work.
    headers['range'] = `bytes=${offset}-${wantedEnd === undefined ? '' : wantedEnd - 1}`;
    if (validator !== undefined) headers['if-range'] = validator;

    let response: Dispatcher.ResponseData;
    try {
      response = await request(this.#options.url, { dispatcher: this.#options.client, headers, signal });
    } catch (cause) {
      signal.throwIfAborted();
      throw connectFailure(cause);
    }
    const failure = statusFailure(response.statusCode);
    if (failure !== undefined) {
      response.body.on('error', () => {}); // destroyed unread
      response.body.destroy();
      throw failure;
    }
    const answer = readAnswer(response, this.#options.url, wantedEnd);
    if (response.statusCode !== 206 || wantedEnd === undefined || answer.isPlaced) return answer;
    answer.body.destroy(); // a part of what it does not say: the whole is asked for
    return this.#request(offset, signal, undefined, validator);
  }

  #count(bytes: number): void {
    this.#receivedBytes += bytes;
    if (this.#receivedBytes > this.#options.maxBytes) throw this.#tooLarge();
  }

  #tooLarge(): PlayerError {
    return new PlayerError('MEDIA_TOO_LARGE', 'the media is larger than allowed', {
      details: { maxBytes: this.#options.maxBytes },
    });
  }
}

function readAnswer(
  { statusCode, headers, body, context }: Dispatcher.ResponseData,
  url: string,
  wantedEnd: number | undefined,
): Answer & { readonly isPlaced: boolean } {
  body.on('error', () => {}); // the iteration reports it; without it, an abort between two reads would be uncaught
  const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(text(headers['content-range']) ?? '');
  const length = text(headers['content-length']);
  const isPartial = statusCode === 206 && range !== null;
  const wholeBytes = length === undefined ? undefined : Number(length);
  const { history } = context as { history?: readonly URL[] }; // of the redirect interceptor
  return {
    url: history?.at(-1)?.href ?? url,
    body,
    isPlaced: isPartial,
    offset: isPartial ? Number(range[1]) : 0,
    wantedEnd: isPartial ? wantedEnd : undefined,
    totalBytes: isPartial ? Number(range[2]) : wholeBytes,
    acceptsRanges: isPartial || text(headers['accept-ranges']) === 'bytes',
    validator: validatorOf(text(headers['etag']), text(headers['last-modified'])),
  };
}

function validatorOf(etag: string | undefined, lastModified: string | undefined): string | undefined {
  return etag !== undefined && !etag.startsWith('W/') ? etag : lastModified;
}

function text(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

function cut(position: number, totalBytes: number | undefined): PlayerError {
  return new PlayerError('MEDIA_CUT', 'the media server closed the connection early', {
    details: { receivedBytes: position, totalBytes: totalBytes ?? null },
  });
}
