import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createIpDiscoveryReply, parseIpDiscovery } from './ip-discovery.ts';
import { parseRtpPacket, type RtpPacket } from './rtp-packet.ts';
import type { VoiceContext } from './voice-context.ts';
import type { DatagramFault } from './voice-faults.ts';

export interface RemoteAddress {
  readonly address: string;
  readonly port: number;
}

/** The sender that owns an SSRC. */
export interface MediaSource {
  onDiscovered(remote: RemoteAddress): void;
  onKeepalive(): void;
  /** @param arrivedAtMs - `performance.now()` when the datagram was read from the socket. */
  onRtp(packet: RtpPacket, arrivedAtMs: number): void;
}

const KEEPALIVE_BYTES = 8;
/** Official clients ping with this and expect it back as {@link PONG}; not documented by Discord. */
const PING = 0x1337cafe;
const PONG = 0x1337f00d;
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;
/** Datagrams of a session that just ended are no news for this long. */
const RETIRED_MS = 10_000;

/** The UDP side of one endpoint: discovery, keepalives, RTP by SSRC. */
export class MediaSocket {
  readonly #socket: Socket;
  readonly #context: VoiceContext;
  readonly #sources = new Map<number, MediaSource>();
  readonly #retired = new Map<number, number>();
  readonly #byAddress = new Map<string, MediaSource>();
  readonly #delayed = new Set<NodeJS.Timeout>();

  static async open(context: VoiceContext): Promise<MediaSocket> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: RECEIVE_BUFFER_BYTES });
    socket.bind(0, context.options.host);
    await once(socket, 'listening');
    return new MediaSocket(socket, context);
  }

  private constructor(socket: Socket, context: VoiceContext) {
    this.#socket = socket;
    this.#context = context;
    socket.on('message', (datagram, remote) => {
      this.#suffer(context.faults.datagramsToServer, () => this.#receive(datagram, remote));
    });
    // ICMP "port unreachable" of a client that left; nothing else reaches a bound loopback socket.
    socket.on('error', (error) => context.unexpected.add('datagram-unrecognised', error.message));
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** @returns An SSRC nobody else has here. */
  register(source: MediaSource): number {
    let ssrc = 0;
    do ssrc = Math.floor(this.#context.random() * 0xffff_fffe) + 1;
    while (this.#sources.has(ssrc) || this.#retired.has(ssrc));
    this.#sources.set(ssrc, source);
    return ssrc;
  }

  unregister(ssrc: number): void {
    const source = this.#sources.get(ssrc);
    if (source === undefined) return;
    this.#sources.delete(ssrc);
    for (const [key, other] of this.#byAddress) if (other === source) this.#byAddress.delete(key);
    const now = performance.now();
    for (const [old, retiredAtMs] of this.#retired)
      if (now - retiredAtMs > RETIRED_MS) this.#retired.delete(old);
    this.#retired.set(ssrc, now);
  }

  send(datagram: Buffer, to: RemoteAddress): void {
    this.#suffer(this.#context.faults.datagramsToClient, () =>
      this.#socket.send(datagram, to.port, to.address),
    );
  }

  async close(): Promise<void> {
    for (const timer of this.#delayed) clearTimeout(timer);
    this.#delayed.clear();
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  #receive(datagram: Buffer, remote: RemoteInfo): void {
    const arrivedAtMs = performance.now();
    const asking = parseIpDiscovery(datagram);
    if (asking !== undefined) {
      this.#onDiscovery(asking, remote);
      return;
    }
    if (datagram.length === KEEPALIVE_BYTES) {
      this.#onKeepalive(datagram, remote);
      return;
    }
    const packet = parseRtpPacket(datagram);
    if (packet === undefined) {
      this.#context.unexpected.add('datagram-unrecognised', `${datagram.length} bytes`);
      return;
    }
    const source = this.#sources.get(packet.ssrc);
    if (source !== undefined) {
      source.onRtp(packet, arrivedAtMs);
      return;
    }
    if (!this.#isRetired(packet.ssrc)) this.#context.unexpected.add('rtp-unknown-ssrc', `${packet.ssrc}`);
  }

  #onDiscovery(ssrc: number, remote: RemoteInfo): void {
    const source = this.#sources.get(ssrc);
    if (source === undefined) {
      if (!this.#isRetired(ssrc)) this.#context.unexpected.add('rtp-unknown-ssrc', `IP discovery of ${ssrc}`);
      return;
    }
    this.#byAddress.set(keyOf(remote), source);
    source.onDiscovered({ address: remote.address, port: remote.port });
    if (this.#context.faults.takeWithheld('ipDiscoveryReply')) return;
    this.send(createIpDiscoveryReply(ssrc, remote), remote);
  }

  #onKeepalive(datagram: Buffer, remote: RemoteInfo): void {
    this.#byAddress.get(keyOf(remote))?.onKeepalive();
    if (datagram.readUInt32BE(0) !== PING) return;
    const pong = Buffer.from(datagram);
    pong.writeUInt32BE(PONG, 0);
    this.send(pong, remote);
  }

  #isRetired(ssrc: number): boolean {
    const retiredAtMs = this.#retired.get(ssrc);
    return retiredAtMs !== undefined && performance.now() - retiredAtMs < RETIRED_MS;
  }

  #suffer(fault: DatagramFault, deliver: () => void): void {
    if (fault.lossFraction > 0 && this.#context.random() < fault.lossFraction) return;
    if (fault.delayMs <= 0) {
      deliver();
      return;
    }
    const timer = setTimeout(() => {
      this.#delayed.delete(timer);
      deliver();
    }, fault.delayMs);
    this.#delayed.add(timer);
  }
}

function keyOf(remote: RemoteAddress): string {
  return `${remote.address}:${remote.port}`;
}
