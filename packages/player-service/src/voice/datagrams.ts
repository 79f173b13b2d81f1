import { Socket } from 'node:dgram';
import type { VoiceUDPSocket } from '@discordjs/voice';

interface Remote {
  readonly ip: string;
  readonly port: number;
}

/**
 * The way of datagrams to one voice server: the library's socket, which IP discovery made known there, without the
 * library's own way to send.
 *
 * Once it may be it is connected, which a datagram socket is for the operating system alone: a send then costs no turn of
 * the event loop, and nobody but the voice server can answer. The library (0.19.2) goes on to send keepalives from
 * timers, the first one although the socket may be closed meanwhile, and to whatever port the server named; they take
 * this way as well, so that what cannot be sent is no `uncaughtException`.
 */
export class Datagrams {
  readonly #socket: Socket;
  readonly #remote: Remote;
  readonly #onFault: (error: unknown) => void;
  #status: 'open' | 'connecting' | 'connected' = 'open';
  /** Came while it connected, which takes a turn of the event loop and no answer from anybody. */
  #waiting: Buffer[] = [];

  /** @param onFault - Told about everything but a socket that is closed already. */
  constructor(udp: VoiceUDPSocket, onFault: (error: unknown) => void) {
    const socket: unknown = Reflect.get(udp, 'socket'); // private in @discordjs/voice 0.19.2, as is `remote`
    const remote: unknown = Reflect.get(udp, 'remote');
    if (!(socket instanceof Socket) || !isRemote(remote)) {
      throw new Error('bug: the voice library keeps its socket elsewhere');
    }
    this.#socket = socket;
    this.#remote = remote;
    this.#onFault = onFault;
    udp.send = (datagram) => this.send(datagram);
  }

  /** For after IP discovery; doing it twice does no harm. */
  connect(): void {
    if (this.#status !== 'open') return;
    this.#status = 'connecting';
    const onConnect = () => settle('connected');
    const onError = () => settle('open'); // the library reports it; what is sent takes the other way
    const settle = (status: 'connected' | 'open') => {
      this.#socket.off('connect', onConnect).off('error', onError);
      this.#status = status;
      for (const datagram of this.#waiting.splice(0)) this.send(datagram);
    };
    this.#socket.on('connect', onConnect).on('error', onError);
    try {
      this.#socket.connect(this.#remote.port, this.#remote.ip);
    } catch (error) {
      settle('open');
      this.#report(error);
    }
  }

  /** What the network does not take is lost without a word. */
  send(datagram: Buffer): void {
    try {
      if (this.#status === 'connected') this.#socket.send(datagram);
      else if (this.#status === 'connecting') this.#waiting.push(datagram);
      else this.#socket.send(datagram, this.#remote.port, this.#remote.ip);
    } catch (error) {
      this.#report(error);
    }
  }

  #report(error: unknown): void {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SOCKET_DGRAM_NOT_RUNNING') this.#onFault(error);
  }
}

function isRemote(value: unknown): value is Remote {
  return typeof value === 'object' && value !== null && 'ip' in value && 'port' in value;
}
