import { createCipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { Networking, type NetworkingReadyState, NetworkingStatusCode } from '@discordjs/voice';
import { type Allocate, FRAME, openEach, type Streams } from './streams.ts';

const SLOTS = 10;
const SLOT_MS = 2;
const SAMPLES = 960;
const HEADER_BYTES = 12;
const TAG_BYTES = 16;
const NONCE_BYTES = 4;
const JOIN_DEADLINE_MS = 10_000;
const JOINS = 3;

/**
 * The limit: a loop that encrypts and sends, and does nothing else. No player, no queue, no count, no check. The library
 * is used for what comes before the first packet: the way into the channel and the group.
 */
export async function openBareStreams(guildIds: readonly string[], allocate: Allocate): Promise<Streams> {
  const streams = await openEach(guildIds, async (guildId) => openStream(await connect(guildId, allocate)));
  const startMs = performance.now();
  let playing: BareStream[][] = [];
  let nextSlot = 0;
  const run = () => {
    const current = Math.floor((performance.now() - startMs + 0.5) / SLOT_MS);
    for (; nextSlot <= current; nextSlot++) {
      for (const stream of playing[nextSlot % SLOTS] ?? []) send(stream);
    }
    setTimeout(run, Math.max(0, Math.round(startMs + nextSlot * SLOT_MS - performance.now())));
  };
  run();
  return {
    play(count) {
      playing = Array.from({ length: SLOTS }, (_, slot) =>
        streams.slice(0, count).filter((_stream, index) => index % SLOTS === slot),
      );
    },
  };
}

interface BareStream {
  readonly socket: Socket;
  readonly key: KeyObject;
  readonly header: Buffer;
  readonly nonce: Buffer;
  readonly group: { encryptOpus(frame: Buffer): Buffer } | undefined;
  sequence: number;
  timestamp: number;
  counter: number;
}

function send(stream: BareStream): void {
  const { header, nonce, group } = stream;
  const frame = group === undefined ? FRAME : group.encryptOpus(FRAME);
  stream.sequence = (stream.sequence + 1) & 0xffff;
  stream.timestamp = (stream.timestamp + SAMPLES) >>> 0;
  stream.counter++;
  header.writeUInt16BE(stream.sequence, 2);
  header.writeUInt32BE(stream.timestamp, 4);
  nonce.writeUInt32BE(stream.counter, 0);
  const cipher = createCipheriv('aes-256-gcm', stream.key, nonce);
  cipher.setAAD(header);
  const sealed = cipher.update(frame);
  cipher.final();
  const packet = Buffer.allocUnsafe(HEADER_BYTES + sealed.length + TAG_BYTES + NONCE_BYTES);
  packet.set(header, 0);
  packet.set(sealed, HEADER_BYTES);
  packet.set(cipher.getAuthTag(), HEADER_BYTES + sealed.length);
  packet.writeUInt32BE(stream.counter, HEADER_BYTES + sealed.length + TAG_BYTES);
  stream.socket.send(packet);
}

async function openStream({ connectionData, udp, dave }: NetworkingReadyState): Promise<BareStream> {
  const socket = createSocket('udp4');
  const remote: unknown = Reflect.get(udp, 'remote');
  if (!isRemote(remote)) throw new Error('the library keeps the address elsewhere');
  socket.connect(remote.port, remote.ip);
  await once(socket, 'connect');
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(0x8078, 0);
  header.writeUInt32BE(connectionData.ssrc, 8);
  return {
    socket,
    header,
    key: createSecretKey(randomBytes(32)),
    nonce: Buffer.alloc(12),
    group: dave?.session,
    sequence: 0,
    timestamp: 0,
    counter: 0,
  };
}

async function connect(guildId: string, allocate: Allocate): Promise<NetworkingReadyState> {
  for (let tries = 1; ; tries++) {
    const { token, endpoint } = await allocate(guildId);
    const networking = new Networking(
      { endpoint, token, sessionId: 'bench', userId: guildId, channelId: guildId, serverId: guildId },
      { debug: false, daveEncryption: true },
    );
    networking.on('error', () => {}); // the deadline below is what ends it
    try {
      return await readyState(networking, AbortSignal.timeout(JOIN_DEADLINE_MS));
    } catch (error) {
      networking.destroy();
      if (tries === JOINS) throw error;
    }
  }
}

async function readyState(networking: Networking, signal: AbortSignal): Promise<NetworkingReadyState> {
  for (;;) {
    const { state } = networking;
    if (state.code === NetworkingStatusCode.Ready && isReadyToPlay(state)) return state;
    await Promise.race([
      once(networking, 'stateChange', { signal }),
      once(networking, 'transitioned', { signal }),
    ]);
  }
}

function isReadyToPlay({ dave }: NetworkingReadyState): boolean {
  return dave === undefined || dave.protocolVersion === 0 || dave.session?.ready === true;
}

function isRemote(value: unknown): value is { readonly ip: string; readonly port: number } {
  return typeof value === 'object' && value !== null && 'ip' in value && 'port' in value;
}
