import type { Closeable } from './closeable.ts';
import type { VoiceClock } from './voice-clock.ts';

const LOOK_EVERY_MS = 1_000;
/** So many looks in a row at which nothing had left. */
const PATIENCE_LOOKS = 2;

/** What can be seen of the frames at one moment; everything else about playing is not the watchdog's business. */
export interface FramePulse {
  /** A frame is due every 20 ms, and the source has them ready. */
  readonly isDue: boolean;
  /** How often the 20 ms clock came by. */
  readonly ticks: number;
  /** Frames of audio that left. */
  readonly sent: number;
  /** Whether the connection would encrypt a frame that left now; asked of the connection itself. */
  readonly isSafe: boolean;
}

/** `nothingLeaves`: the clock ticks, or was set going again in vain, and no frame leaves. `unsafeFrames`: some do that must not. */
export type FrameFault = 'nothingLeaves' | 'unsafeFrames';

export interface FrameWatchdogOptions {
  readonly clock: VoiceClock;
  readonly read: () => FramePulse;
  /** The clock that sends does not tick any more: set it going again. */
  readonly restart: () => void;
  /** Only another connection can help. */
  readonly onFault: (fault: FrameFault) => void;
}

/**
 * Compares what should leave with what does, so that "playing" is never said of silence.
 *
 * It takes part in nothing: whatever its reason, a stall or a leak that gets past the gates is ended within five seconds.
 */
export class FrameWatchdog implements Closeable {
  readonly #options: FrameWatchdogOptions;
  #cancelTimer: (() => void) | undefined;
  #before: FramePulse;
  #stalledLooks = 0;
  #hasRestarted = false;

  constructor(options: FrameWatchdogOptions) {
    this.#options = options;
    this.#before = options.read();
    this.#lookLater();
  }

  close(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #lookLater(): void {
    this.#cancelTimer = this.#options.clock.schedule(LOOK_EVERY_MS, () => this.#look());
  }

  #look(): void {
    const before = this.#before;
    const now = this.#options.read();
    this.#before = now;
    this.#lookLater();
    if (now.sent > before.sent) {
      this.#stalledLooks = 0;
      this.#hasRestarted = false;
      if (!now.isSafe && !before.isSafe) this.#options.onFault('unsafeFrames');
      return;
    }
    this.#stalledLooks = now.isDue && before.isDue ? this.#stalledLooks + 1 : 0;
    if (this.#stalledLooks < PATIENCE_LOOKS) return;
    this.#stalledLooks = 0;
    if (now.ticks > before.ticks || this.#hasRestarted) this.#options.onFault('nothingLeaves');
    else {
      this.#hasRestarted = true;
      this.#options.restart();
    }
  }
}
