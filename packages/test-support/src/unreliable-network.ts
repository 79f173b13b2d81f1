import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP proxy that delays, cuts and holds back what goes through it. */
export class UnreliableNetwork implements AsyncDisposable {
  readonly #server;
  readonly #connections = new Set<Socket>();
  /** Milliseconds on each way. */
  delayMs = 0;
  /** While true nothing arrives, and nobody is told. */
  #isPartitioned = false;
  #held: (() => void)[] = [];

  private constructor(targetPort: number) {
    this.#server = createServer((near) => {
      const far = connect(targetPort, '127.0.0.1');
      this.#join(near, far);
      this.#join(far, near);
    });
  }

  /** @param endpoint - `tcp://127.0.0.1:port`, where the traffic shall arrive. */
  static async to(endpoint: string): Promise<UnreliableNetwork> {
    const network = new UnreliableNetwork(Number(endpoint.split(':').at(-1)));
    network.#server.listen(0, '127.0.0.1');
    await once(network.#server, 'listening');
    return network;
  }

  get endpoint(): string {
    return `tcp://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  resetAll(): void {
    for (const socket of this.#connections) socket.resetAndDestroy();
  }

  partition(): void {
    this.#isPartitioned = true;
  }

  heal(): void {
    this.#isPartitioned = false;
    for (const deliver of this.#held.splice(0)) deliver();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.resetAll();
    await once(this.#server, 'close');
  }

  #join(from: Socket, to: Socket): void {
    this.#connections.add(from);
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.#connections.delete(from);
      this.#deliver(() => to.destroy());
    });
    from.on('data', (bytes) => this.#deliver(() => to.writable && to.write(bytes)));
  }

  #deliver(action: () => void): void {
    if (this.#isPartitioned) this.#held.push(action);
    else if (this.delayMs === 0) action();
    else setTimeout(action, this.delayMs);
  }
}
