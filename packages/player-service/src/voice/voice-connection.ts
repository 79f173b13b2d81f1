import { EventEmitter } from 'node:events';
import {
  Networking,
  type NetworkingReadyState,
  type NetworkingState,
  NetworkingStatusCode,
  type VoiceUDPSocket,
  type VoiceWebSocket,
} from '@discordjs/voice';
import type { Closeable } from './closeable.ts';
import { Datagrams } from './datagrams.ts';
import { ALONE_DOUBT_MS, audienceOf, mayTransmit } from './dave-gate.ts';
import { guardMessages } from './dave-guard.ts';
import type { PacketSink } from './frame-sender.ts';
import { observeGateway } from './gateway-observer.ts';
import { createIpDiscovery, isIpDiscoveryReply } from './ip-discovery.ts';
import type { VoiceCredentials } from './remote-adapter.ts';
import { RtpPackets } from './rtp-packets.ts';
import { endSocket } from './socket-end.ts';
import { createTransportSeal } from './transport-seal.ts';
import { UdpProbe } from './udp-probe.ts';
import type { VoiceClock } from './voice-clock.ts';

export interface VoiceConnectionEvents {
  /** Gateway and UDP stand, for the first time or after a resume. Whether frames may leave is another question. */
  connected: [];
  /** `isSecure` or `audience` changed. */
  change: [];
  /** The socket was lost; the library resumes by itself. */
  resuming: [];
  /** Over, with Discord's code. */
  closed: [code: number];
  /** A message or a frame could not be handled; the connection must be replaced. */
  faulted: [error: unknown];
  /** Nothing comes back over UDP any more; the connection must be replaced. */
  silent: [];
}

export interface VoiceConnectionOptions {
  readonly guildId: string;
  readonly credentials: VoiceCredentials;
  readonly clock: VoiceClock;
  /** Whether to find out if UDP still works. */
  readonly probesUdp: boolean;
}

/**
 * One connection to a voice server, from credentials to the close.
 *
 * Stands on the library's `Networking`, one floor below its `VoiceConnection`: that one rejoins by itself, at once and
 * without end, on nearly every close code, and keeps all connections in module-global groups.
 * See docs/adr/0005-own-pacer.md.
 */
export class VoiceConnection extends EventEmitter<VoiceConnectionEvents> implements PacketSink, Closeable {
  readonly credentials: VoiceCredentials;
  readonly #networking: Networking;
  readonly #clock: VoiceClock;
  readonly #probesUdp: boolean;
  #ws: VoiceWebSocket | undefined;
  #udp: VoiceUDPSocket | undefined;
  #datagrams: Datagrams | undefined;
  /** Of the key they were made with: a resume keeps both. */
  #packets: RtpPackets | undefined;
  #packetsKey: Uint8Array | undefined;
  #probe: UdpProbe | undefined;
  #cancelDoubt: (() => void) | undefined;
  #isListCertain = false;
  /** Connected, and nobody was told yet: the library is still in the middle of its own change. */
  #isNews = false;
  /** HELLO came on the socket at hand. Without it nobody sends heartbeats, and the server would drop us before long. */
  #isGreeted = false;
  #isSecure = false;
  #audience = 0;
  #isClosed = false;
  #lastError: string | undefined;

  constructor({ guildId, credentials, clock, probesUdp }: VoiceConnectionOptions) {
    super();
    this.credentials = credentials;
    this.#clock = clock;
    this.#probesUdp = probesUdp;
    const { endpoint, token, sessionId, userId, channelId } = credentials;
    this.#networking = new Networking(
      { endpoint, token, sessionId, userId, channelId, serverId: guildId },
      { debug: false, daveEncryption: true },
    );
    this.#networking.on('stateChange', (previous, next) => this.#onStateChange(previous, next));
    this.#networking.on('close', (code) => {
      if (!this.#isClosed) this.emit('closed', code);
    });
    // Stays for good: a discovery that the close interrupts still reports its error afterwards.
    this.#networking.on('error', (error) => {
      this.#lastError = error.message;
    });
    this.#adopt(this.#networking.state);
  }

  /** Frames may leave now: connected, and end-to-end encrypted wherever somebody could listen. */
  get isSecure(): boolean {
    return this.#isSecure;
  }

  /** The same, asked of the library anew instead of remembered from the last message. */
  get isSafe(): boolean {
    const { state } = this.#networking;
    return state.code === NetworkingStatusCode.Ready && mayTransmit(state, this.#isListCertain);
  }

  /** Other clients in the channel. */
  get audience(): number {
    return this.#audience;
  }

  /** What the operating system or the library said last, for the log. */
  get lastError(): string | undefined {
    return this.#lastError;
  }

  send(frame: Buffer): boolean {
    const { state } = this.#networking;
    if (state.code !== NetworkingStatusCode.Ready || this.#packets === undefined) return false;
    try {
      this.#networking.setSpeaking(true); // says it once; frames that come after a break in the source have nobody else to
      const packet = this.#packets.make(state.dave?.encrypt(frame) ?? frame);
      this.#datagrams?.send(packet);
      return true;
    } catch (error) {
      this.#fault(error);
      return false;
    }
  }

  skip(frames: number): void {
    this.#packets?.skip(frames);
  }

  setSpeaking(speaking: boolean): void {
    this.#networking.setSpeaking(speaking);
  }

  /** No event follows, and nothing is told to Discord but the end of this socket. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#isSecure = false;
    this.#cancelDoubt?.();
    this.#probe?.close();
    this.#networking.destroy();
    if (this.#ws !== undefined) endSocket(this.#ws, this.#clock);
  }

  #onStateChange(previous: NetworkingState, next: NetworkingState): void {
    this.#adopt(next);
    if (this.#isClosed || previous.code === next.code) return;
    if (next.code === NetworkingStatusCode.Ready) {
      this.#preparePackets(next);
      this.#datagrams?.connect();
      this.#doubtTheList();
      this.#probeUdp(next);
      this.#isNews = true;
    } else if (next.code === NetworkingStatusCode.Resuming) {
      this.#isSecure = false;
      this.#probe?.close();
      this.emit('resuming');
    }
  }

  /** The library replaces the sockets as it goes; each new one is guarded before its first message. */
  #adopt(state: NetworkingState): void {
    if ('ws' in state && state.ws !== this.#ws) {
      if (this.#ws !== undefined) endSocket(this.#ws, this.#clock);
      this.#ws = state.ws;
      this.#isGreeted = false;
      observeGateway(state.ws, {
        onHello: () => {
          this.#isGreeted = true;
        },
        // Whoever comes may not have been announced yet: without a group we would greet him in clear.
        onGroupNews: () => this.#doubtTheList(),
      });
      guardMessages(state.ws, {
        onHandled: () => this.#evaluate(),
        onFault: (error) => this.#fault(error),
      });
    }
    if ('udp' in state && state.udp !== this.#udp) {
      this.#udp = state.udp;
      this.#datagrams = new Datagrams(state.udp, (error) => this.#fault(error));
      const { ssrc } = state.connectionData;
      state.udp.on('message', (datagram: Buffer) => {
        if (isIpDiscoveryReply(datagram, ssrc ?? 0)) this.#probe?.answered();
      });
    }
  }

  #preparePackets({ connectionData }: NetworkingReadyState): void {
    const { ssrc, sequence, timestamp, encryptionMode, secretKey } = connectionData;
    if (secretKey === this.#packetsKey) return;
    const seal = createTransportSeal(encryptionMode, secretKey);
    this.#packets = new RtpPackets({ ssrc, sequence, timestamp, seal });
    this.#packetsKey = secretKey;
  }

  #probeUdp({ udp, connectionData: { ssrc } }: NetworkingReadyState): void {
    this.#probe?.close();
    if (!this.#probesUdp) return;
    const question = createIpDiscovery(ssrc);
    this.#probe = new UdpProbe({
      clock: this.#clock,
      ask: () => udp.send(question),
      onSilent: () => this.emit('silent'),
    });
  }

  #doubtTheList(): void {
    if (this.#isClosed) return;
    this.#isListCertain = false;
    this.#cancelDoubt?.();
    this.#cancelDoubt = this.#clock.schedule(ALONE_DOUBT_MS, () => {
      this.#isListCertain = true;
      this.#evaluate();
    });
  }

  /** All that it looks at changes only while a message is handled, so asking after each one is exact. */
  #evaluate(): void {
    const { state } = this.#networking;
    if (this.#isClosed || state.code !== NetworkingStatusCode.Ready || !this.#isGreeted) return;
    if (this.#isNews) {
      this.#isNews = false;
      this.emit('connected');
    }
    const isSecure = mayTransmit(state, this.#isListCertain);
    const audience = audienceOf(state);
    if (isSecure === this.#isSecure && audience === this.#audience) return;
    this.#isSecure = isSecure;
    this.#audience = audience;
    this.emit('change');
  }

  #fault(error: unknown): void {
    if (this.#isClosed) return;
    this.#lastError = error instanceof Error ? error.message : String(error);
    this.#isSecure = false;
    this.emit('faulted', error);
  }
}
