import { OPUS_PAYLOAD_TYPE, type RtpPacket } from './rtp-packet.ts';
import type { TransportCipher } from './transport-cipher.ts';
import type { UnexpectedKind } from './unexpected-log.ts';

/** What one SSRC sent. Times are `performance.now()`. */
export interface MediaAccount {
  packets: number;
  bytes: number;
  /** Holes in the sequence numbers that no late packet filled. */
  lost: number;
  outOfOrder: number;
  /** Packets whose timestamp is not 960 per sequence number away from the one before. */
  timestampJumps: number;
  undecryptable: number;
  firstPacketAtMs: number | undefined;
  lastPacketAtMs: number | undefined;
}

const SAMPLES_PER_FRAME = 960;
const NONCES_REMEMBERED = 1_024;

/** Checks, opens and counts the RTP packets of one sender. */
export class InboundMedia {
  readonly account: MediaAccount = {
    packets: 0,
    bytes: 0,
    lost: 0,
    outOfOrder: 0,
    timestampJumps: 0,
    undecryptable: 0,
    firstPacketAtMs: undefined,
    lastPacketAtMs: undefined,
  };
  readonly #cipher: TransportCipher;
  readonly #report: (kind: UnexpectedKind, detail: string) => void;
  readonly #nonces = new Float64Array(NONCES_REMEMBERED).fill(-1);
  #previous: { readonly sequence: number; readonly timestamp: number } | undefined;

  constructor(cipher: TransportCipher, report: (kind: UnexpectedKind, detail: string) => void) {
    this.#cipher = cipher;
    this.#report = report;
  }

  /** @returns The payload without RTP header extension, or `undefined` when the packet is not genuine Opus. */
  open(packet: RtpPacket, arrivedAtMs: number): Buffer | undefined {
    if (packet.payloadType !== OPUS_PAYLOAD_TYPE) {
      this.#report('rtp-payload-type', `${packet.payloadType}`);
      return undefined;
    }
    const payload = this.#cipher.open(packet.sealed, packet.header, packet.nonce);
    if (payload === undefined || payload.length < packet.extensionBytes) {
      this.account.undecryptable++;
      this.#report('rtp-undecryptable', this.#cipher.mode);
      return undefined;
    }
    this.#checkNonce(packet.nonce.readUInt32BE(0));
    this.#count(packet, payload.length, arrivedAtMs);
    return packet.extensionBytes === 0 ? payload : payload.subarray(packet.extensionBytes);
  }

  // A nonce used twice with one key gives away the plaintext of both packets.
  #checkNonce(nonce: number): void {
    const slot = nonce % NONCES_REMEMBERED;
    if (this.#nonces[slot] === nonce) this.#report('rtp-nonce-reused', 'the same nonce twice with one key');
    this.#nonces[slot] = nonce;
  }

  #count(packet: RtpPacket, bytes: number, arrivedAtMs: number): void {
    const { account } = this;
    account.packets++;
    account.bytes += bytes;
    account.firstPacketAtMs ??= arrivedAtMs;
    account.lastPacketAtMs = arrivedAtMs;
    const previous = this.#previous;
    if (previous !== undefined) {
      const step = (packet.sequence - previous.sequence) & 0xffff;
      if (step === 0 || step >= 0x8000) {
        account.outOfOrder++;
        if (step !== 0 && account.lost > 0) account.lost--;
        return;
      }
      account.lost += step - 1;
      const samples = (packet.timestamp - previous.timestamp) >>> 0;
      if (samples !== (step * SAMPLES_PER_FRAME) >>> 0) account.timestampJumps++;
    }
    this.#previous = { sequence: packet.sequence, timestamp: packet.timestamp };
  }
}
