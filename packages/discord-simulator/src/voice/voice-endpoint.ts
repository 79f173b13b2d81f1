import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { CertificateAuthority } from './certificate-authority.ts';
import { MediaSocket } from './media-socket.ts';
import type { VoiceContext } from './voice-context.ts';

const MAX_MESSAGE_BYTES = 1024 * 1024;

export interface VoiceEndpointOptions {
  readonly authority: CertificateAuthority;
  readonly context: VoiceContext;
  /** @param version - The `v` of the query, `undefined` when there is none. */
  readonly onSocket: (socket: WebSocket, version: string | undefined, endpoint: VoiceEndpoint) => void;
}

/** One voice server machine: a TLS port for the gateway, a UDP port for media. */
export class VoiceEndpoint {
  /** `host:port` without a scheme, as VOICE_SERVER_UPDATE carries it. */
  readonly name: string;
  readonly media: MediaSocket;
  readonly #https: Server;
  readonly #webSockets: WebSocketServer;

  static async open(options: VoiceEndpointOptions): Promise<VoiceEndpoint> {
    const https = createServer({ cert: options.authority.certPem, key: options.authority.keyPem });
    https.listen(0, options.context.options.host);
    await once(https, 'listening');
    try {
      return new VoiceEndpoint(https, await MediaSocket.open(options.context), options);
    } catch (error) {
      https.close();
      throw error;
    }
  }

  private constructor(https: Server, media: MediaSocket, options: VoiceEndpointOptions) {
    this.#https = https;
    this.media = media;
    this.name = `${options.context.options.host}:${(https.address() as AddressInfo).port}`;
    this.#webSockets = new WebSocketServer({
      server: https,
      perMessageDeflate: false,
      maxPayload: MAX_MESSAGE_BYTES,
    });
    this.#webSockets.on('connection', (socket, request) => {
      const version = new URL(request.url ?? '/', 'wss://voice').searchParams.get('v') ?? undefined;
      options.onSocket(socket, version, this);
    });
  }

  /** Drops every socket and frees both ports. */
  async close(): Promise<void> {
    for (const socket of this.#webSockets.clients) socket.terminate();
    this.#webSockets.close();
    this.#https.closeAllConnections();
    await new Promise<void>((resolve) => this.#https.close(() => resolve()));
    await this.media.close();
  }
}
