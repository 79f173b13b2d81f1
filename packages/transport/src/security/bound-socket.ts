import * as zmq from 'zeromq';
import { atMost, type Clock, sleep } from '../clock.ts';
import { assertLibrary } from '../library.ts';
import type { OnProblem } from '../problem.ts';
import { readAllowedKeys } from './allowed-keys.ts';
import { checkPair } from './key-files.ts';
import { assertEndpointAllowed, type BindSecurity, type PlayerCurve } from './transport-security.ts';
import { WatchedFiles } from './watched-files.ts';
import { ZapHandler } from './zap-handler.ts';

const ZAP_DOMAIN = 'bandstand';
const REBIND_INTERVAL_MS = 1_000;
/** How long the address of a closed socket is waited for. */
const RELEASE_MS = 1_000;

type Bindable = zmq.Router | zmq.XPublisher;

/** What a socket is built with on top of its own options. */
export interface BindOptions {
  readonly context?: zmq.Context;
  readonly curveServer?: boolean;
  readonly curveSecretKey?: string;
  readonly zapDomain?: string;
  readonly zapEnforceDomain?: boolean;
}

export interface BoundSocketOptions<S extends Bindable> {
  readonly endpoint: string;
  readonly security: BindSecurity;
  readonly create: (options: BindOptions) => S;
  readonly clock: Clock;
  readonly onProblem: OnProblem;
}

/**
 * A listening socket that keeps to its allowlist.
 *
 * libzmq asks about a key only while a connection is made, so a key taken off the list would stay connected: the socket
 * is then closed and bound again at the same address, and whoever is still allowed reconnects by itself.
 */
export class BoundSocket<S extends Bindable> {
  readonly #options: BoundSocketOptions<S>;
  readonly #context: zmq.Context | undefined;
  #socket: S;
  #endpoint: string;
  #allowed: ReadonlySet<string> = new Set();
  #zap: ZapHandler | undefined;
  #watch: WatchedFiles | undefined;
  #replacing: Promise<void> | undefined;
  #secretKey: string | undefined;
  readonly #closing = new AbortController();

  private constructor(options: BoundSocketOptions<S>) {
    this.#options = options;
    this.#endpoint = assertEndpointAllowed(options.endpoint, options.security);
    // There is one ZAP address per context: a context of its own keeps two listening sockets from sharing an allowlist.
    this.#context = options.security.mechanism === 'curve' ? new zmq.Context({ blocky: false }) : undefined;
    this.#socket = this.#create();
  }

  /** @throws {@link Error} when the endpoint is not allowed, in use, or a key file is wrong. */
  static async open<S extends Bindable>(options: BoundSocketOptions<S>): Promise<BoundSocket<S>> {
    assertLibrary();
    const bound = new BoundSocket(options);
    try {
      await bound.#start();
    } catch (error) {
      bound.#socket.close();
      await bound.close();
      throw new Error(`cannot listen on ${options.endpoint}: ${(error as Error).message}`, { cause: error });
    }
    return bound;
  }

  /** The address really listened on: a `*` port is filled in. */
  get endpoint(): string {
    return this.#endpoint;
  }

  get #closed(): boolean {
    return this.#closing.signal.aborted;
  }

  async send(frames: Buffer[]): Promise<void> {
    await this.#replacing;
    await (this.#socket.send as (frames: Buffer[]) => Promise<void>).call(this.#socket, frames);
  }

  /** Every message until `close()`, across replacements of the socket. */
  async *messages(): AsyncGenerator<Buffer[]> {
    while (!this.#closed) {
      await this.#replacing;
      const socket = this.#socket;
      try {
        for await (const frames of socket) {
          if (this.#closed) return; // read before the close, handed over after it
          yield frames as Buffer[];
        }
      } catch (error) {
        if (!socket.closed) throw error;
      }
    }
  }

  /** Resolves when the address is free again. Messages taken for sending may still be on their way (see `linger`). */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closing.abort();
    this.#watch?.close();
    await this.#replacing;
    await closeListener(this.#socket, this.#options.clock);
    this.#zap?.close();
  }

  async #start(): Promise<void> {
    const { security, clock, onProblem } = this.#options;
    if (security.mechanism === 'curve') {
      this.#allowed = readAllowedKeys(security.allowedClientKeysFile);
      this.#zap = await ZapHandler.open(
        this.#context ?? zmq.context,
        (publicKey) => this.#allowed.has(publicKey),
        onProblem,
      );
      this.#watch = new WatchedFiles(
        [security.allowedClientKeysFile, security.secretKeyFile, security.publicKeyFile],
        clock,
        () => void this.#reload(security),
      );
    }
    await this.#socket.bind(this.#endpoint);
    this.#endpoint = this.#socket.lastEndpoint ?? this.#endpoint;
  }

  /** The key files changed. Whatever is wrong with them now, the last good keys stay in force: the log says so. */
  async #reload(security: PlayerCurve): Promise<void> {
    let allowed: ReadonlySet<string>;
    let secretKey: string;
    try {
      allowed = readAllowedKeys(security.allowedClientKeysFile);
      secretKey = checkPair(security.secretKeyFile, security.publicKeyFile).secretKey;
    } catch (cause) {
      const message = `key files changed and are not used: ${(cause as Error).message}`;
      this.#options.onProblem({ kind: 'key-files', message, cause });
      return;
    }
    const isRevoked = [...this.#allowed].some((key) => !allowed.has(key));
    this.#allowed = allowed;
    if (!isRevoked && secretKey === this.#secretKey) return;
    await this.#replacing;
    this.#replacing = this.#replace().finally(() => {
      this.#replacing = undefined;
    });
  }

  /** Goes on until the address is ours again: another process could have taken it in between. */
  async #replace(): Promise<void> {
    await closeListener(this.#socket, this.#options.clock);
    while (!this.#closed) {
      try {
        this.#socket = await this.#bindAnother();
        return;
      } catch (cause) {
        const message = `cannot listen on ${this.#endpoint} again: ${(cause as Error).message}`;
        this.#options.onProblem({ kind: 'key-files', message, cause });
      }
      await sleep(this.#options.clock, REBIND_INTERVAL_MS, this.#closing.signal).catch(() => undefined); // closed
    }
  }

  async #bindAnother(): Promise<S> {
    const socket = this.#create();
    try {
      await socket.bind(this.#endpoint);
    } catch (error) {
      socket.close();
      throw error;
    }
    return socket;
  }

  #create(): S {
    const { create, security } = this.#options;
    if (security.mechanism === 'none') return create({});
    this.#secretKey = checkPair(security.secretKeyFile, security.publicKeyFile).secretKey;
    return create({
      ...(this.#context && { context: this.#context }),
      curveServer: true,
      curveSecretKey: this.#secretKey,
      zapDomain: ZAP_DOMAIN,
      zapEnforceDomain: true,
    });
  }
}

/**
 * Closes a listening socket and waits for libzmq to give up its address, which happens a moment after `close()`.
 * (Not by `unbind()`: zeromq.js 6.8.0 runs that on another thread while a pending `receive()` may use the socket.)
 */
async function closeListener(socket: zmq.Socket, clock: Clock): Promise<void> {
  if (socket.closed) return;
  const released = new Promise<void>((resolve) => {
    socket.events.on('close', () => resolve());
    socket.events.on('end', () => resolve());
  });
  socket.close();
  await atMost(clock, RELEASE_MS, released);
}
