import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export interface Faults {
  /** Breaks the connection once it sent so many bytes, in each of the first `times` requests; `reset`: by RST instead of FIN. */
  readonly cut?: { readonly afterBytes: number; readonly times: number; readonly reset?: boolean };
  /** Takes the request and says nothing. */
  readonly silent?: boolean;
  /** Sends so many bytes and then nothing more, without closing. */
  readonly hangAfterBytes?: number;
  /** Sends one byte per interval from the given offset on. */
  readonly drip?: { readonly afterBytes: number; readonly everyMs: number };
  /** Answers every request after the first `afterRequests` with this status. */
  readonly status?: { readonly code: number; readonly afterRequests: number };
  readonly redirectTo?: string;
  /** Ignores ranges: always the whole thing. */
  readonly withoutRanges?: boolean;
  /** Sends everything from where a range begins. */
  readonly withoutRangeEnds?: boolean;
  /** Says of a part where it lies, but not of how much. */
  readonly withoutTotal?: boolean;
  /** Sends without saying how much. */
  readonly withoutLength?: boolean;
  /** A different entity at each request. */
  readonly changing?: boolean;
  readonly contentType?: string;
}

interface Served {
  readonly bytes: Buffer;
  readonly faults: Faults;
  requests: number;
}

const POUR_BYTES = 16 * 1024;

/** A media server on loopback: byte ranges, a strong validator, and the faults of the real ones. */
export class MediaServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #media = new Map<string, Served>();
  readonly #sockets = new Set<Socket>();
  #sentBytes = 0;
  /** Headers of every request, in order. */
  readonly requests: { readonly path: string; readonly headers: IncomingMessage['headers'] }[] = [];

  static async start(): Promise<MediaServer> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new MediaServer(server);
  }

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => this.#answer(request, response));
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Of media without faults, as far as the network took it: some hundred kilobytes more than whoever stopped reading read. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  get openConnections(): number {
    return this.#sockets.size;
  }

  serve(path: string, bytes: Buffer, faults: Faults = {}): string {
    this.#media.set(path, { bytes, faults, requests: 0 });
    return `http://127.0.0.1:${this.port}${path}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '';
    this.requests.push({ path, headers: request.headers });
    const served = this.#media.get(path);
    if (served === undefined) {
      response.writeHead(404).end();
      return;
    }
    served.requests++;
    const { faults } = served;
    if (faults.silent === true) return;
    if (faults.redirectTo !== undefined) {
      response.writeHead(302, { location: faults.redirectTo }).end();
    } else if (faults.status !== undefined && served.requests > faults.status.afterRequests) {
      response.writeHead(faults.status.code).end('<html>no</html>');
    } else {
      this.#send(served, request, response);
    }
  }

  #send({ bytes, faults, requests }: Served, request: IncomingMessage, response: ServerResponse): void {
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    const etag = `"${faults.changing === true ? requests : 1}"`;
    const isSame = request.headers['if-range'] === undefined || request.headers['if-range'] === etag;
    const isPartial = range !== null && isSame && faults.withoutRanges !== true;
    const offset = isPartial ? Number(range[1]) : 0;
    const last =
      isPartial && range[2] && faults.withoutRangeEnds !== true ? Number(range[2]) : bytes.length - 1;
    const body = bytes.subarray(offset, last + 1);
    const total = faults.withoutTotal === true ? '*' : bytes.length;
    response.writeHead(isPartial ? 206 : 200, {
      etag,
      'content-type': faults.contentType ?? 'application/octet-stream',
      ...(isPartial && {
        'content-range': `bytes ${offset}-${offset + body.length - 1}/${total}`,
      }),
      ...(faults.withoutLength !== true && { 'content-length': body.length }),
    });

    const { cut, hangAfterBytes, drip } = faults;
    if (cut !== undefined && requests <= cut.times) {
      const { socket } = response;
      response.write(body.subarray(0, cut.afterBytes), () =>
        cut.reset === true ? socket?.resetAndDestroy() : socket?.end(),
      );
    } else if (hangAfterBytes !== undefined) {
      response.write(body.subarray(0, hangAfterBytes));
    } else if (drip !== undefined) {
      response.write(body.subarray(0, drip.afterBytes));
      this.#drip(body.subarray(drip.afterBytes), drip.everyMs, response);
    } else {
      void this.#pour(body, response);
    }
  }

  /** No faster than it is taken, so that `sentBytes` tells what was. */
  async #pour(body: Buffer, response: ServerResponse): Promise<void> {
    const parts = Readable.from(this.#parts(body), { objectMode: false, highWaterMark: POUR_BYTES });
    await pipeline(parts, response).catch(() => {}); // whoever asked has gone
  }

  *#parts(body: Buffer): Generator<Buffer> {
    for (let at = 0; at < body.length; at += POUR_BYTES) {
      const part = body.subarray(at, at + POUR_BYTES);
      this.#sentBytes += part.length;
      yield part;
    }
  }

  #drip(body: Buffer, everyMs: number, response: ServerResponse): void {
    let at = 0;
    const timer = setInterval(() => response.write(body.subarray(at, ++at)), everyMs);
    response.on('close', () => clearInterval(timer));
  }
}
