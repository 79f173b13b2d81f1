import { InboundMedia, type MediaAccount } from './inbound-media.ts';
import type { MediaSocket, MediaSource, RemoteAddress } from './media-socket.ts';
import { type OutboundFrame, OutboundMedia } from './outbound-media.ts';
import type { RtpPacket } from './rtp-packet.ts';
import type { TransportCipher } from './transport-cipher.ts';
import type { UnexpectedKind } from './unexpected-log.ts';

/** A frame as the client sent it, transport encryption removed. */
export interface InboundFrame extends OutboundFrame {
  readonly arrivedAtMs: number;
}

export interface SessionMediaEvents {
  readonly onFrame: (frame: InboundFrame) => void;
  readonly report: (kind: UnexpectedKind, detail: string) => void;
}

/** UDP and TLS race: Speaking may be read after the RTP packets that were sent behind it. */
const SPEAKING_GRACE_MS = 250;

/** The UDP half of one voice session: its SSRC, its address, its key. */
export class SessionMedia implements MediaSource {
  readonly ssrc: number;
  readonly #socket: MediaSocket;
  readonly #events: SessionMediaEvents;
  #remote: RemoteAddress | undefined;
  #inbound: InboundMedia | undefined;
  #outbound: OutboundMedia | undefined;
  #speaking = 0;
  #hasSpoken = false;
  #speakingDue: NodeJS.Timeout | undefined;
  #keepalives = 0;

  constructor(socket: MediaSocket, events: SessionMediaEvents) {
    this.#socket = socket;
    this.#events = events;
    this.ssrc = socket.register(this);
  }

  get port(): number {
    return this.#socket.port;
  }

  /** Where IP discovery saw the client. */
  get remote(): RemoteAddress | undefined {
    return this.#remote;
  }

  /** Flags of the last Speaking message, 0 for none. */
  get speaking(): number {
    return this.#speaking;
  }

  get keepalives(): number {
    return this.#keepalives;
  }

  /** `undefined` until there is a key. */
  get account(): Readonly<MediaAccount> | undefined {
    return this.#inbound?.account;
  }

  /** Starts over with a new key: a new numbering, new counts. */
  establish(cipher: TransportCipher): void {
    this.#inbound = new InboundMedia(cipher, this.#events.report);
    this.#outbound = new OutboundMedia(cipher);
    this.#hasSpoken = false;
    this.#speaking = 0;
  }

  setSpeaking(flags: number): void {
    this.#speaking = flags;
    if (flags === 0) return;
    this.#hasSpoken = true;
    clearTimeout(this.#speakingDue);
    this.#speakingDue = undefined;
  }

  /** Sends a frame of somebody else; lost while the client's address is unknown, as everything UDP may be. */
  send(frame: OutboundFrame): void {
    if (this.#outbound === undefined || this.#remote === undefined) return;
    this.#socket.send(this.#outbound.seal(frame), this.#remote);
  }

  close(): void {
    clearTimeout(this.#speakingDue);
    this.#socket.unregister(this.ssrc);
  }

  onDiscovered(remote: RemoteAddress): void {
    this.#remote = remote;
  }

  onKeepalive(): void {
    this.#keepalives++;
  }

  onRtp(packet: RtpPacket, arrivedAtMs: number): void {
    if (this.#inbound === undefined) {
      this.#events.report('unexpected-message', 'RTP before Session Description');
      return;
    }
    if (!this.#hasSpoken) this.#expectSpeaking();
    const payload = this.#inbound.open(packet, arrivedAtMs);
    if (payload === undefined) return;
    const { sequence, timestamp, ssrc } = packet;
    this.#events.onFrame({ payload, arrivedAtMs, sequence, timestamp, ssrc });
  }

  #expectSpeaking(): void {
    this.#speakingDue ??= setTimeout(
      () => this.#events.report('rtp-before-speaking', 'RTP that no Speaking message announced'),
      SPEAKING_GRACE_MS,
    );
  }
}
