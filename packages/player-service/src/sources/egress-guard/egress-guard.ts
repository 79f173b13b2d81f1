import { once } from 'node:events';
import {
  type ClientRequest,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PlayerError } from '@bandstand/protocol';
import type { EgressPolicy } from './egress-policy.ts';
import { pinnedLookup } from './pinned-lookup.ts';

export interface EgressGuardOptions {
  readonly policy: EgressPolicy;
  /** Connections through the guard at a time. */
  readonly maxConnections?: number;
  /** A connection on which nothing moves for so long is closed. Longer than a pause a listener may make. */
  readonly idleTimeoutMs?: number;
  readonly connectTimeoutMs?: number;
  /** Told of each refusal and failure; the error carries host and port, never a path. */
  readonly onRefused?: (error: PlayerError) => void;
}

/** What a client of the guard sees in the status line; yt-dlp repeats it in its complaint. */
export const REFUSAL_PHRASE = 'Address Not Allowed';

const DEFAULT_MAX_CONNECTIONS = 512;
const DEFAULT_IDLE_TIMEOUT_MS = 15 * 60_000;
const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;
/** RFC 9110 section 7.6.1, and what browsers once sent to proxies. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-authorization', 'proxy-connection', 'te', 'trailer'];

/**
 * The forward proxy (RFC 9110 absolute-form, and CONNECT) that yt-dlp and ffmpeg are told to use.
 * Whatever URL, redirect or playlist they follow, they reach only what the policy allows, at exactly the address it checked.
 */
export class EgressGuard implements AsyncDisposable {
  readonly #options: EgressGuardOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Duplex>();
  #closing: Promise<void> | undefined;

  /** Listens on a free port of the loopback address. */
  static async open(options: EgressGuardOptions): Promise<EgressGuard> {
    const guard = new EgressGuard(options);
    guard.#server.listen({ host: '127.0.0.1', port: 0 });
    await once(guard.#server, 'listening');
    return guard;
  }

  private constructor(options: EgressGuardOptions) {
    this.#options = options;
    this.#server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000 });
    this.#server.maxConnections = options.maxConnections ?? DEFAULT_MAX_CONNECTIONS;
    this.#server.on('connection', (socket: Socket) => {
      this.#track(socket);
      socket.setTimeout(this.#idleTimeoutMs, () => socket.destroy());
    });
    this.#server.on('request', (incoming, outgoing) => void this.#forward(incoming, outgoing));
    this.#server.on('connect', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
      void this.#tunnel(incoming, socket, head);
    });
    this.#server.on('clientError', (_error, socket) => socket.destroy());
  }

  /** For `yt-dlp --proxy` and `ffmpeg -http_proxy`, always as an argument: `no_proxy` in an environment overrules a variable. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Ends every connection through the guard. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      const closed = once(this.#server, 'close');
      this.#server.close();
      for (const socket of this.#sockets) socket.destroy();
      await closed;
    })();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  get #idleTimeoutMs(): number {
    return this.#options.idleTimeoutMs ?? DEFAULT_IDLE_TIMEOUT_MS;
  }

  async #forward(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const target = URL.parse(incoming.url ?? '');
    if (target === null || target.protocol !== 'http:') {
      outgoing.writeHead(400, { connection: 'close' }).end();
      return;
    }
    try {
      const port = target.port === '' ? 80 : Number(target.port);
      const addresses = await this.#options.policy.authorize(target.hostname, port);
      const upstream = request({
        host: unbracketed(target.hostname),
        port,
        method: incoming.method ?? 'GET',
        path: `${target.pathname}${target.search}`,
        headers: { ...endToEnd(incoming.headers), host: target.host },
        lookup: pinnedLookup(addresses),
        agent: false,
      });
      outgoing.on('close', () => upstream.destroy());
      const response = await this.#response(upstream, incoming);
      outgoing.writeHead(response.statusCode ?? 502, response.statusMessage, endToEnd(response.headers));
      await pipeline(response, outgoing);
    } catch (error) {
      this.#answerFailure(error, outgoing);
    }
  }

  async #response(upstream: ClientRequest, incoming: IncomingMessage): Promise<IncomingMessage> {
    upstream.on('socket', (socket) => {
      this.#track(socket);
      this.#limitSilence(socket);
    });
    const [[response]] = await Promise.all([
      once(upstream, 'response') as Promise<[IncomingMessage]>,
      pipeline(incoming, upstream),
    ]);
    return response;
  }

  #answerFailure(error: unknown, outgoing: ServerResponse): void {
    const refused = error instanceof PlayerError && error.code === 'ADDRESS_NOT_ALLOWED';
    if (error instanceof PlayerError) this.#options.onRefused?.(error);
    // Mid-body there is only one way left to say "this is not the end".
    if (outgoing.headersSent) outgoing.destroy();
    else if (refused) outgoing.writeHead(403, REFUSAL_PHRASE, { connection: 'close' }).end();
    else outgoing.writeHead(502, { connection: 'close' }).end();
  }

  async #tunnel(incoming: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
    client.on('error', () => client.destroy());
    let upstream: Socket;
    try {
      upstream = await this.#connect(incoming.url ?? '', client);
    } catch (error) {
      if (error instanceof PlayerError) this.#options.onRefused?.(error);
      const refused = error instanceof PlayerError && error.code === 'ADDRESS_NOT_ALLOWED';
      const status = refused ? `403 ${REFUSAL_PHRASE}` : '502 Bad Gateway';
      client.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    if (head.length > 0) upstream.write(head);
    // Either side may end first or fail; both ends are then closed by the pipelines.
    await Promise.allSettled([pipeline(client, upstream), pipeline(upstream, client)]);
  }

  async #connect(authority: string, client: Duplex): Promise<Socket> {
    const { hostname, port } = parseAuthority(authority);
    const addresses = await this.#options.policy.authorize(hostname, port);
    const upstream = connect({
      host: unbracketed(hostname),
      port,
      lookup: pinnedLookup(addresses),
    });
    this.#track(upstream);
    this.#limitSilence(upstream);
    client.on('close', () => upstream.destroy());
    await once(upstream, 'connect');
    return upstream;
  }

  /** A short while to connect, then a long one without traffic. */
  #limitSilence(socket: Socket): void {
    socket.setTimeout(this.#options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS, () => {
      socket.destroy(new Error('the connection stood still'));
    });
    socket.once('connect', () => socket.setTimeout(this.#idleTimeoutMs));
  }

  #track(socket: Duplex): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }
}

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name)));
}

/** RFC 9110 section 9.3.6: `host:port`, the port required. */
function parseAuthority(authority: string): { readonly hostname: string; readonly port: number } {
  const match = /^(?<hostname>\[[\da-f:.]+\]|[^:/@[\]]+):(?<port>\d{1,5})$/i.exec(authority);
  const { hostname, port } = match?.groups ?? {};
  if (hostname === undefined || port === undefined) {
    throw new PlayerError('ADDRESS_NOT_ALLOWED', 'egress refused: not an authority');
  }
  return { hostname, port: Number(port) };
}

/** Sockets take IPv6 addresses bare; URLs have them in brackets. */
function unbracketed(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}
