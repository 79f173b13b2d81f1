import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import {
  createIpDiscoveryReply,
  parseIpDiscovery,
} from '../../../discord-simulator/src/voice/ip-discovery.ts';

const FRAME_MS = 20;
const RTP_VERSION_2 = 2;
const SEQUENCES = 2 ** 16;
const RECEIVE_BUFFER_BYTES = 8 * 1024 * 1024;

/** What arrived while it was counted. */
export interface Arrivals {
  readonly packets: number;
  /** Holes in the sequence numbers. */
  readonly lost: number;
  /** How far behind the best packet of its stream a packet came, on that stream's grid of 20 ms. */
  readonly latenessP50Ms: number;
  readonly latenessP99Ms: number;
  readonly latenessP999Ms: number;
}

interface Arriving {
  lastSequence: number;
  /** Sequence numbers passed since the first one. */
  step: number;
  packets: number;
  readonly offsetsMs: number[];
}

/** A UDP port to which voice is sent and where nobody listens: RTP is counted and timed, unopened, and IP discovery answered. */
export class ArrivalSink implements Disposable {
  readonly #socket: Socket;
  #streams: Map<number, Arriving> | undefined;

  static async open(): Promise<ArrivalSink> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: RECEIVE_BUFFER_BYTES });
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new ArrivalSink(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (datagram, remote) => {
      const asking = parseIpDiscovery(datagram);
      if (asking !== undefined)
        socket.send(createIpDiscoveryReply(asking, remote), remote.port, remote.address);
      else if ((datagram[0] ?? 0) >> 6 === RTP_VERSION_2) this.#count(datagram, performance.now());
    });
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Begins a new count. */
  start(): void {
    this.#streams = new Map();
  }

  stop(): Arrivals {
    const streams = [...(this.#streams?.values() ?? [])];
    this.#streams = undefined;
    const lateness = new Float64Array(streams.reduce((sum, { offsetsMs }) => sum + offsetsMs.length, 0));
    let at = 0;
    let lost = 0;
    for (const { offsetsMs, step, packets } of streams) {
      const best = offsetsMs.reduce((least, offset) => Math.min(least, offset), Number.POSITIVE_INFINITY);
      for (const offset of offsetsMs) lateness[at++] = offset - best;
      lost += step + 1 - packets;
    }
    lateness.sort();
    const percentile = (share: number) => lateness[Math.floor(lateness.length * share)] ?? Number.NaN;
    return {
      packets: lateness.length,
      lost,
      latenessP50Ms: percentile(0.5),
      latenessP99Ms: percentile(0.99),
      latenessP999Ms: percentile(0.999),
    };
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }

  #count(datagram: Buffer, nowMs: number): void {
    if (this.#streams === undefined) return;
    const ssrc = datagram.readUInt32BE(8);
    const sequence = datagram.readUInt16BE(2);
    const stream = this.#streams.get(ssrc);
    if (stream === undefined) {
      const first = { lastSequence: sequence, step: 0, packets: 1, offsetsMs: [nowMs] };
      this.#streams.set(ssrc, first);
      return;
    }
    stream.step += (sequence - stream.lastSequence + SEQUENCES) % SEQUENCES;
    stream.lastSequence = sequence;
    stream.packets++;
    stream.offsetsMs.push(nowMs - stream.step * FRAME_MS);
  }
}
