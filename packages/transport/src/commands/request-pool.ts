import { type Release, Slots } from '../slots.ts';
import type { RequestSocket } from './request-socket.ts';

const MAX_SOCKETS = 16;
/** Places that requests with long attempts (extractions) may take; the rest stays free for the quick ones. */
const MAX_SLOW = 8;
const MAX_WAITING = 256;

/**
 * The REQ sockets towards one player: opened as needed, each used by one request at a time, the last used first.
 * A request that finds none free waits in a bounded line.
 */
export class RequestPool {
  readonly #open: () => RequestSocket;
  readonly #all = new Slots(MAX_SOCKETS, MAX_WAITING);
  readonly #slow = new Slots(MAX_SLOW, MAX_WAITING);
  readonly #sockets = new Set<RequestSocket>();
  #idle: RequestSocket[] = [];

  constructor(open: () => RequestSocket) {
    this.#open = open;
  }

  /** Sockets that are open, in use or idle. */
  get size(): number {
    return this.#sockets.size;
  }

  /**
   * Lends a socket for one exchange. A socket that comes back closed is forgotten.
   *
   * @throws `PLAYER_BUSY` when too many wait already; the signal's reason; whatever `use` throws.
   */
  async lend<T>(
    isSlow: boolean,
    signal: AbortSignal,
    use: (socket: RequestSocket) => Promise<T>,
  ): Promise<T> {
    const releases: Release[] = [];
    try {
      if (isSlow) releases.push(await this.#slow.take(signal));
      releases.push(await this.#all.take(signal));
      return await this.#use(use);
    } finally {
      for (const release of releases) release();
    }
  }

  /** Closes the idle sockets now and the others when they come back: they have old keys, or belong to an old player. */
  renew(): void {
    for (const socket of this.#idle.splice(0)) this.#drop(socket);
    this.#idle = []; // a new array: whoever is out now was lent from the old one
  }

  close(): void {
    for (const socket of this.#sockets) this.#drop(socket);
  }

  async #use<T>(use: (socket: RequestSocket) => Promise<T>): Promise<T> {
    const home = this.#idle;
    const socket = this.#takeIdle() ?? this.#openSocket();
    try {
      return await use(socket);
    } finally {
      if (home === this.#idle && !socket.isClosed) home.push(socket);
      else this.#drop(socket);
    }
  }

  #takeIdle(): RequestSocket | undefined {
    for (let socket = this.#idle.pop(); socket !== undefined; socket = this.#idle.pop()) {
      if (!socket.isClosed) return socket;
      this.#drop(socket);
    }
    return undefined;
  }

  #openSocket(): RequestSocket {
    const socket = this.#open();
    this.#sockets.add(socket);
    return socket;
  }

  #drop(socket: RequestSocket): void {
    socket.close();
    this.#sockets.delete(socket);
  }
}
