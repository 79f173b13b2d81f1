import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PlayerError } from '@bandstand/protocol';
import type { ByteSource } from './byte-source.ts';

/** A source that ffmpeg may read for now. */
export interface GatewayLease extends Disposable {
  /** On loopback, unguessable, and without anything of the real URL. */
  readonly url: string;
  /** The first failure of the source under ffmpeg's reading; ffmpeg itself could only say "I/O error". */
  readonly failure: PlayerError | undefined;
}

interface Registration {
  readonly source: ByteSource;
  readonly totalBytes: number | undefined;
  readonly isSeekable: boolean;
  readonly signal: AbortSignal;
  failure: PlayerError | undefined;
  requests: number;
}

/** Seeks of one playback. A container that is written badly needs some hundred, a malicious one would never stop. */
const MAX_REQUESTS = 1_000;

/**
 * Where ffmpeg reads media: a loopback HTTP server in front of our own byte sources.
 *
 * So ffmpeg opens no file and no connection but this one, signed URLs and cookies stay out of its command line, redirects
 * and addresses are judged in one place, a broken connection is resumed by the same code for all, and a failure keeps its cause.
 */
export class MediaGateway {
  readonly #server: Server;
  readonly #leases = new Map<string, Registration>();

  static async listen(): Promise<MediaGateway> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new MediaGateway(server);
  }

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => void this.#serve(request, response));
  }

  lease(
    source: ByteSource,
    options: Pick<Registration, 'totalBytes' | 'isSeekable' | 'signal'>,
  ): GatewayLease {
    const path = `/${randomBytes(16).toString('hex')}`;
    const registration: Registration = { source, ...options, failure: undefined, requests: 0 };
    this.#leases.set(path, registration);
    const { port } = this.#server.address() as AddressInfo;
    return {
      url: `http://127.0.0.1:${port}${path}`,
      get failure() {
        return registration.failure;
      },
      [Symbol.dispose]: () => void this.#leases.delete(path),
    };
  }

  async close(): Promise<void> {
    this.#leases.clear();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const registration = this.#leases.get(request.url ?? '');
    if (registration === undefined || request.method !== 'GET') {
      response.writeHead(404).end();
      return;
    }
    const closed = new AbortController();
    response.on('close', () => closed.abort());
    const signal = AbortSignal.any([registration.signal, closed.signal]);
    try {
      await this.#answer(registration, requestedOffset(request), response, signal);
    } catch (error) {
      if (error instanceof PlayerError) registration.failure ??= error;
      response.destroy(); // the client sees a broken stream; an abort is its own doing
    }
  }

  async #answer(
    registration: Registration,
    offset: number,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<void> {
    registration.requests++;
    if (registration.requests > MAX_REQUESTS)
      throw new PlayerError('MEDIA_BROKEN', 'the media needs endless seeking');
    const { source, totalBytes, isSeekable } = registration;
    if (totalBytes !== undefined && offset >= totalBytes) {
      response.writeHead(416, { 'content-range': `bytes */${totalBytes}` }).end();
      return;
    }
    const stream = await source.open(offset, signal);
    if (isSeekable && totalBytes !== undefined) {
      response.writeHead(206, {
        'accept-ranges': 'bytes',
        'content-length': totalBytes - offset,
        'content-range': `bytes ${offset}-${totalBytes - 1}/${totalBytes}`,
      });
    } else {
      response.writeHead(200, totalBytes === undefined ? {} : { 'content-length': totalBytes });
    }
    await pipeline(Readable.from(stream.chunks, { objectMode: false, highWaterMark: 64 * 1024 }), response);
  }
}

function requestedOffset(request: IncomingMessage): number {
  const range = /^bytes=(\d{1,15})-/.exec(request.headers.range ?? '');
  return range === null ? 0 : Number(range[1]);
}
