import type { ChildProcess } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { PLAYER_NODE_OPTIONS } from '../../../../scripts/run/player-node-options.ts';
import type { Arrivals } from './arrival-sink.ts';
import { endChild, nextMessage, startChild } from './child-messages.ts';
import type { SenderReport, SenderRequest, Way } from './messages.ts';
import { OtherSide } from './other-side-process.ts';

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
  /** A WebM/Opus file that `stock` plays in place of one frame over and over. */
  readonly mediaPath?: string;
  /** For the measured process; what the player is started with when absent. */
  readonly execArgv?: readonly string[];
}

/** One way of sending in a process of its own with its connections open, and the other side in others. */
export class SendRun implements Disposable {
  /** Of the measured process before it opened the first connection, and with all of them open and silent. */
  readonly rssBytes = { empty: 0, idle: 0 };
  readonly #sender: ChildProcess;
  readonly #otherSide: OtherSide;

  static async open({
    way,
    dave,
    connections,
    mediaPath,
    execArgv = [PLAYER_NODE_OPTIONS],
  }: SendRunOptions): Promise<SendRun> {
    using opened = new DisposableStack();
    const otherSide = opened.use(await OtherSide.open());
    const sender = opened.adopt(startChild(new URL('./sender.ts', import.meta.url), execArgv), endChild);
    const run = new SendRun(sender, otherSide);
    sender.on('message', async (message: SenderReport) => {
      if (message.type === 'allocate') run.#tell(await otherSide.allocate(message.guildId, dave));
    });
    run.rssBytes.empty = (await run.usage()).rssBytes;
    const guildIds = Array.from({ length: connections }, (_, index) => `${10n ** 17n + BigInt(index)}`);
    const ready = run.#said('opened', OPEN_DEADLINE_MS);
    run.#tell({ type: 'open', way, caPem: otherSide.caPem, guildIds, mediaPath });
    await ready;
    run.rssBytes.idle = (await run.usage()).rssBytes;
    opened.move();
    return run;
  }

  private constructor(sender: ChildProcess, otherSide: OtherSide) {
    this.#sender = sender;
    this.#otherSide = otherSide;
  }

  /** The measured process. */
  get pid(): number | undefined {
    return this.#sender.pid;
  }

  async measure(streams: number, seconds: number): Promise<Measured> {
    await this.#play(streams);
    await pause(SETTLE_MS);
    this.#otherSide.count();
    const before = await this.usage();
    const startedAtMs = performance.now();
    await pause(seconds * 1_000);
    const after = await this.usage();
    const elapsedMs = performance.now() - startedAtMs;
    const arrivals = await this.#otherSide.arrivals();
    await this.#play(0);
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
    this.#tell({ type: 'usage' });
    return await answer;
  }

  [Symbol.dispose](): void {
    endChild(this.#sender);
    this.#otherSide[Symbol.dispose]();
  }

  async #play(streams: number): Promise<void> {
    const playing = this.#said('playing');
    this.#tell({ type: 'play', streams });
    await playing;
  }

  #tell(message: SenderRequest): void {
    this.#sender.send(message);
  }

  #said<T extends SenderReport['type']>(
    type: T,
    deadlineMs = ANSWER_DEADLINE_MS,
  ): Promise<Extract<SenderReport, { type: T }>> {
    return nextMessage<Extract<SenderReport, { type: T }>>(this.#sender, type, deadlineMs);
  }
}
