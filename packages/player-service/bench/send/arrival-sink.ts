import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { putAheadOfOthers } from '../ahead-of-others.ts';

/** What arrived while it was counted. */
export interface Arrivals {
  readonly packets: number;
  /** Holes in the sequence numbers. */
  readonly lost: number;
  /** How far behind the best packet of its stream a packet was handed to the network, on that stream's grid of 20 ms. */
  readonly latenessP50Ms: number;
  readonly latenessP99Ms: number;
  readonly latenessP999Ms: number;
}

/** The counting port of `arrival_sink.py`, in a process of its own. */
export class ArrivalSink implements Disposable {
  readonly port: number;
  readonly #process: ChildProcess;
  readonly #lines: Interface;

  static async open(): Promise<ArrivalSink> {
    const child = spawn('python3', [join(import.meta.dirname, 'arrival_sink.py')], {
      stdio: ['pipe', 'pipe', 'inherit'],
      detached: true,
    });
    putAheadOfOthers(child.pid);
    const lines = createInterface({ input: child.stdout });
    const [line] = await once(lines, 'line');
    return new ArrivalSink(child, lines, Number(line));
  }

  private constructor(child: ChildProcess, lines: Interface, port: number) {
    this.#process = child;
    this.#lines = lines;
    this.port = port;
  }

  /** Begins a new count. */
  start(): void {
    this.#process.stdin?.write('count\n');
  }

  async stop(): Promise<Arrivals> {
    this.#process.stdin?.write('arrivals\n');
    const [line] = await once(this.#lines, 'line');
    return JSON.parse(line) as Arrivals;
  }

  [Symbol.dispose](): void {
    this.#process.stdin?.end();
  }
}
