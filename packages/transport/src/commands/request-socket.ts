import * as zmq from 'zeromq';
import type { Clock } from '../clock.ts';
import type { ChannelProblem, OnProblem } from '../problem.ts';
import type { ClientKeyOptions } from '../security/client-keys.ts';
import { type ConnectionNews, watchHandshake } from '../security/handshake-watch.ts';
import { CHANNEL_OPTIONS, CONNECTING_OPTIONS, LINGER_MS, MAX_FRAME_BYTES } from '../socket-options.ts';

/** Why an exchange ended without a reply. The request may or may not have been carried out. */
export class NoReply extends Error {
  override readonly name = 'NoReply';
  readonly reason: 'timeout' | 'disconnected' | 'refused' | 'malformed';
  readonly problem: ChannelProblem | undefined;

  constructor(reason: NoReply['reason'], message: string, problem?: ChannelProblem) {
    super(message);
    this.reason = reason;
    this.problem = problem;
  }
}

export interface RequestSocketOptions {
  readonly endpoint: string;
  readonly keys: ClientKeyOptions;
  readonly clock: Clock;
  readonly onProblem: OnProblem;
}

/**
 * One strict REQ socket: one exchange at a time, request and reply paired by ZeroMQ itself.
 *
 * A REQ socket whose reply is lost can never send again (EFSM). So an exchange that fails, for whatever reason, closes the
 * socket: its owner opens another, and a reply that comes late finds nobody who could mistake it for a later one's.
 */
export class RequestSocket {
  readonly #options: RequestSocketOptions;
  readonly #socket: zmq.Request;
  #fail: ((error: NoReply) => void) | undefined;
  #isEstablished = false;
  #lastProblem: ChannelProblem | undefined;

  constructor(options: RequestSocketOptions) {
    this.#options = options;
    // No routingId: two clients with the same one silently starve each other.
    this.#socket = new zmq.Request({
      ...CHANNEL_OPTIONS,
      ...CONNECTING_OPTIONS,
      linger: LINGER_MS.request,
      maxMessageSize: MAX_FRAME_BYTES.reply,
      ...options.keys,
    });
    watchHandshake(this.#socket, options.endpoint, (news) => this.#onNews(news));
    this.#socket.connect(options.endpoint);
  }

  get isClosed(): boolean {
    return this.#socket.closed;
  }

  /** @throws {@link NoReply}, or the signal's reason; the socket is closed then. */
  async exchange(request: Buffer, timeoutMs: number, signal: AbortSignal): Promise<Buffer> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    this.#fail = reject;
    const cancelTimer = this.#options.clock.schedule(timeoutMs, () =>
      reject(new NoReply('timeout', `no reply within ${Math.round(timeoutMs)} ms`, this.#lastProblem)),
    );
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    this.#sendAndReceive(request).then(resolve, reject);
    try {
      return await promise;
    } catch (error) {
      this.close();
      throw error;
    } finally {
      this.#fail = undefined;
      cancelTimer();
      signal.removeEventListener('abort', onAbort);
    }
  }

  close(): void {
    this.#socket.close();
  }

  async #sendAndReceive(request: Buffer): Promise<Buffer> {
    await this.#socket.send(request);
    const frames = await this.#socket.receive();
    const [reply] = frames;
    if (frames.length !== 1 || reply === undefined) {
      throw new NoReply('malformed', `a reply is one frame, not ${frames.length}`);
    }
    return reply;
  }

  #onNews(news: ConnectionNews): void {
    switch (news.type) {
      case 'established':
        this.#isEstablished = true;
        this.#lastProblem = undefined;
        return;
      case 'lost':
        // With the connection the reply is lost too: asking again now is better than when the time is up.
        if (this.#isEstablished) this.#fail?.(new NoReply('disconnected', 'the connection was lost'));
        this.#isEstablished = false;
        return;
      case 'failed':
        this.#lastProblem = news.problem;
        this.#options.onProblem(news.problem);
        return;
      case 'refused':
        this.#options.onProblem(news.problem);
        this.#fail?.(new NoReply('refused', news.problem.message, news.problem));
        this.close(); // libzmq would not connect it again
        return;
    }
  }
}
