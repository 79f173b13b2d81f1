import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { putAheadOfOthers } from '../ahead-of-others.ts';
import type { Arrivals } from './arrival-sink.ts';
import type { OtherSideReport, OtherSideRequest, SenderReport, SenderRequest, Way } from './messages.ts';

const OPEN_DEADLINE_MS = 120_000;
const ANSWER_DEADLINE_MS = 10_000;
const SETTLE_MS = 1_000;
const FRAMES_PER_SECOND = 50;

export interface Measured extends Arrivals {
  readonly cpuUsPerPacket: number;
  /** Of one core. */
  readonly cpuPercent: number;
  readonly rssBytes: number;
  /** Packets that arrived, of those due. */
  readonly arrivedShare: number;
}

export interface SendRunOptions {
  readonly way: Way;
  readonly dave: boolean;
  readonly connections: number;
  /** For the measured process. */
  readonly execArgv?: readonly string[];
}

/** One way of sending in a process of its own with its connections open, and the other side in another. */
export class SendRun implements Disposable {
  readonly #sender: ChildProcess;
  readonly #otherSide: ChildProcess;

  static async open({ way, dave, connections, execArgv = [] }: SendRunOptions): Promise<SendRun> {
    const run = new SendRun(execArgv);
    try {
      const { caPem } = await run.#heard('started');
      const guildIds = Array.from({ length: connections }, (_, index) => `${10n ** 17n + BigInt(index)}`);
      run.#otherSide.on('message', (message: OtherSideReport) => {
        if (message.type === 'allocation') run.#tellSender(message);
      });
      run.#sender.on('message', (message: SenderReport) => {
        if (message.type === 'allocate')
          run.#tellOtherSide({ type: 'allocate', guildId: message.guildId, dave });
      });
      const opened = run.#said('opened', OPEN_DEADLINE_MS);
      run.#tellSender({ type: 'open', way, dave, caPem, guildIds });
      await opened;
      return run;
    } catch (error) {
      run[Symbol.dispose]();
      throw error;
    }
  }

  private constructor(execArgv: readonly string[]) {
    this.#otherSide = start('./other-side.ts', []);
    this.#sender = start('./sender.ts', execArgv);
  }

  async measure(streams: number, seconds: number): Promise<Measured> {
    this.#tellSender({ type: 'play', streams });
    await this.#said('playing');
    await pause(SETTLE_MS);
    this.#tellOtherSide({ type: 'count' });
    const before = await this.usage();
    const startedAtMs = performance.now();
    await pause(seconds * 1_000);
    const after = await this.usage();
    const elapsedMs = performance.now() - startedAtMs;
    this.#tellOtherSide({ type: 'arrivals' });
    const { arrivals } = await this.#heard('arrivals');
    this.#tellSender({ type: 'play', streams: 0 });
    await this.#said('playing');
    const cpuUs = after.cpuUs - before.cpuUs;
    const due = (streams * FRAMES_PER_SECOND * elapsedMs) / 1_000;
    return {
      ...arrivals,
      cpuUsPerPacket: cpuUs / arrivals.packets,
      cpuPercent: cpuUs / elapsedMs / 10,
      rssBytes: after.rssBytes,
      arrivedShare: arrivals.packets / due,
    };
  }

  async usage(): Promise<{ readonly cpuUs: number; readonly rssBytes: number }> {
    const answer = this.#said('usage');
    this.#tellSender({ type: 'usage' });
    return await answer;
  }

  /** Ends both processes; the measured one first, and of its own accord, so that a profile is written. */
  [Symbol.dispose](): void {
    for (const child of [this.#sender, this.#otherSide]) {
      child.removeAllListeners('message');
      if (child.connected) child.disconnect();
    }
  }

  #tellSender(message: SenderRequest): void {
    this.#sender.send(message);
  }

  #tellOtherSide(message: OtherSideRequest): void {
    this.#otherSide.send(message);
  }

  #said<T extends SenderReport['type']>(
    type: T,
    deadlineMs = ANSWER_DEADLINE_MS,
  ): Promise<Extract<SenderReport, { type: T }>> {
    return nextMessage<Extract<SenderReport, { type: T }>>(this.#sender, type, deadlineMs);
  }

  #heard<T extends OtherSideReport['type']>(type: T): Promise<Extract<OtherSideReport, { type: T }>> {
    return nextMessage<Extract<OtherSideReport, { type: T }>>(this.#otherSide, type, ANSWER_DEADLINE_MS);
  }
}

function start(file: string, execArgv: readonly string[]): ChildProcess {
  const child = fork(new URL(file, import.meta.url), {
    execArgv: [...execArgv],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    detached: true,
  });
  putAheadOfOthers(child.pid);
  return child;
}

async function nextMessage<M extends { readonly type: string }>(
  child: ChildProcess,
  type: string,
  deadlineMs: number,
): Promise<M> {
  const deadline = AbortSignal.timeout(deadlineMs);
  const ended = new AbortController();
  const onExit = (code: number | null) =>
    ended.abort(new Error(`a process of the benchmark ended with ${code}`));
  child.once('exit', onExit);
  const signal = AbortSignal.any([deadline, ended.signal]);
  try {
    for (;;) {
      const [message] = (await once(child, 'message', { signal })) as [M];
      if (message.type === type) return message;
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    child.off('exit', onExit);
  }
}
