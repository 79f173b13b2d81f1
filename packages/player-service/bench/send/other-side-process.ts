import type { ChildProcess } from 'node:child_process';
import type { Arrivals } from './arrival-sink.ts';
import { endChild, nextMessage, startChild } from './child-messages.ts';
import type { Allocation, OtherSideReport, OtherSideRequest } from './messages.ts';

const ANSWER_DEADLINE_MS = 30_000;

/** Voice gateways and the counting port in processes of their own, so that their CPU is nobody's who is measured. */
export class OtherSide implements Disposable {
  readonly caPem: string;
  readonly #process: ChildProcess;
  readonly #waiting = new Map<string, (allocation: Allocation) => void>();

  static async open(): Promise<OtherSide> {
    const child = startChild(new URL('./other-side.ts', import.meta.url));
    const { caPem } = await nextMessage<Extract<OtherSideReport, { type: 'started' }>>(
      child,
      'started',
      ANSWER_DEADLINE_MS,
    );
    return new OtherSide(child, caPem);
  }

  private constructor(child: ChildProcess, caPem: string) {
    this.#process = child;
    this.caPem = caPem;
    child.on('message', (message: OtherSideReport) => {
      if (message.type === 'allocation') this.#waiting.get(message.guildId)?.(message);
    });
  }

  /** A seat in the channel whose id is the guild's; with `dave`, beside somebody who listens. */
  allocate(guildId: string, dave: boolean): Promise<Allocation> {
    const { promise, resolve } = Promise.withResolvers<Allocation>();
    this.#waiting.set(guildId, resolve);
    this.#tell({ type: 'allocate', guildId, dave });
    return promise;
  }

  /** Begins a new count. */
  count(): void {
    this.#tell({ type: 'count' });
  }

  /** What came since. */
  async arrivals(): Promise<Arrivals> {
    this.#tell({ type: 'arrivals' });
    const { arrivals } = await nextMessage<Extract<OtherSideReport, { type: 'arrivals' }>>(
      this.#process,
      'arrivals',
      ANSWER_DEADLINE_MS,
    );
    return arrivals;
  }

  [Symbol.dispose](): void {
    endChild(this.#process);
  }

  #tell(request: OtherSideRequest): void {
    this.#process.send(request);
  }
}
