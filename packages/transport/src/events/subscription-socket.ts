import * as zmq from 'zeromq';
import type { Cancel, Clock } from '../clock.ts';
import type { OnProblem } from '../problem.ts';
import { ClientKeys } from '../security/client-keys.ts';
import { watchHandshake } from '../security/handshake-watch.ts';
import type { ConnectSecurity } from '../security/transport-security.ts';
import {
  CHANNEL_OPTIONS,
  CONNECTING_OPTIONS,
  EVENT_HIGH_WATER_MARK,
  LINGER_MS,
  MAX_FRAME_BYTES,
} from '../socket-options.ts';

const REOPEN_MS = 1_000;

export interface SubscriptionSocketOptions {
  readonly endpoint: string;
  readonly security: ConnectSecurity;
  readonly clock: Clock;
  readonly onMessage: (frames: readonly Buffer[]) => void;
  readonly onProblem: OnProblem;
}

/**
 * A SUB socket that never gives up: libzmq reconnects after a lost connection but not after a refused key, and it does not know of
 * rotated keys. In both cases a new socket takes over the subscriptions.
 */
export class SubscriptionSocket {
  readonly #options: SubscriptionSocketOptions;
  readonly #topics = new Set<string>();
  readonly #keys: ClientKeys;
  #socket: zmq.Subscriber;
  #cancelReopen: Cancel | undefined;
  #isClosed = false;

  constructor(options: SubscriptionSocketOptions) {
    this.#options = options;
    this.#keys = new ClientKeys({ ...options, onChange: () => this.#reopen() });
    this.#socket = this.#open();
  }

  subscribe(topic: string): void {
    this.#topics.add(topic);
    if (!this.#socket.closed) this.#socket.subscribe(topic);
  }

  unsubscribe(topic: string): void {
    this.#topics.delete(topic);
    if (!this.#socket.closed) this.#socket.unsubscribe(topic);
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelReopen?.();
    this.#keys.close();
    this.#socket.close();
  }

  #open(): zmq.Subscriber {
    const { endpoint, onProblem } = this.#options;
    const socket = new zmq.Subscriber({
      ...CHANNEL_OPTIONS,
      ...CONNECTING_OPTIONS,
      linger: LINGER_MS.subscriber,
      receiveHighWaterMark: EVENT_HIGH_WATER_MARK,
      maxMessageSize: MAX_FRAME_BYTES.event,
      ...this.#keys.current,
    });
    watchHandshake(socket, endpoint, (news) => {
      if (news.type === 'failed' || news.type === 'refused') onProblem(news.problem);
      if (news.type === 'refused' && socket === this.#socket) this.#reopenLater();
    });
    for (const topic of this.#topics) socket.subscribe(topic);
    socket.connect(endpoint);
    void this.#read(socket);
    return socket;
  }

  async #read(socket: zmq.Subscriber): Promise<void> {
    for await (const frames of socket) {
      if (socket.closed) return; // read before the close, handed over after it
      try {
        this.#options.onMessage(frames);
      } catch (cause) {
        // A bug in a listener must not make the bot deaf.
        this.#options.onProblem({ kind: 'handler', message: 'an event was not handled', cause });
      }
    }
  }

  #reopenLater(): void {
    this.#socket.close();
    this.#cancelReopen?.();
    this.#cancelReopen = this.#options.clock.schedule(REOPEN_MS, () => this.#reopen());
  }

  #reopen(): void {
    if (this.#isClosed) return;
    this.#cancelReopen?.();
    this.#socket.close();
    this.#socket = this.#open();
  }
}
