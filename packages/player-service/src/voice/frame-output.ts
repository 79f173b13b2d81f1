import type { FrameClock } from './frame-clock.ts';
import { FrameSender, type PacketSink } from './frame-sender.ts';
import { type FrameFault, FrameWatchdog } from './frame-watchdog.ts';
import type { VoiceClock } from './voice-clock.ts';

export interface FrameOutputOptions {
  readonly frameClock: FrameClock;
  readonly clock: VoiceClock;
  /** The source threw; nothing more is taken from it. */
  readonly onSourceFault: (error: unknown) => void;
  readonly onFault: (fault: FrameFault) => void;
  /** The clock that sends stood still, and was set going again. */
  readonly onRestart: () => void;
}

/** The way of frames from a source into a connection, under watch for as long as it is open. */
export class FrameOutput {
  readonly sender: FrameSender;
  readonly #options: FrameOutputOptions;
  #sink: PacketSink | undefined;
  #watchdog: FrameWatchdog | undefined;

  constructor(options: FrameOutputOptions) {
    this.#options = options;
    this.sender = new FrameSender(options.frameClock, (error) => {
      this.sender.stop();
      options.onSourceFault(error);
    });
  }

  /** `undefined` closes the tap: not even silence leaves, and the source waits. */
  attach(sink: PacketSink | undefined): void {
    if (this.#sink === sink) return;
    this.#sink = sink;
    this.sender.attach(sink);
    this.#watchdog?.close();
    this.#watchdog = sink === undefined ? undefined : this.#watch();
  }

  #watch(): FrameWatchdog {
    const { clock, onFault, onRestart } = this.#options;
    return new FrameWatchdog({
      clock,
      read: () => this.sender.pulse,
      restart: () => {
        onRestart();
        this.sender.restart();
      },
      onFault,
    });
  }
}
