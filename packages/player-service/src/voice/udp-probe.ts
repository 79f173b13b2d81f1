import type { Closeable } from './closeable.ts';
import type { VoiceClock } from './voice-clock.ts';

const LOOK_EVERY_MS = 500;
/** An answered question rests for two seconds; an unanswered one is asked again at the next look. */
const LOOKS_BETWEEN = 4;
/** So many questions in a row without an answer: three seconds, and five after the path broke at the latest. */
export const MAX_UNANSWERED = 6;

export interface UdpProbeOptions {
  readonly clock: VoiceClock;
  /** Sends a datagram that the voice server answers. */
  readonly ask: () => void;
  /** Told once. */
  readonly onSilent: () => void;
}

/**
 * Asks over and over whether datagrams still reach the voice server and come back: the voice gateway is another
 * connection and stays well while UDP is dead.
 *
 * Believes in silence only where there was an answer before, since nothing promises that a voice server answers at all
 * (docs/adr/0010-udp-liveness.md). Counts questions, not time: a process that was stopped finds the answers waiting.
 */
export class UdpProbe implements Closeable {
  readonly #options: UdpProbeOptions;
  #unanswered = 0;
  #looksSinceAsked = 0;
  #hasEverAnswered = false;
  #cancelTimer: (() => void) | undefined;

  constructor(options: UdpProbeOptions) {
    this.#options = options;
    this.#ask();
  }

  answered(): void {
    this.#hasEverAnswered = true;
    this.#unanswered = 0;
  }

  close(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #look(): void {
    if (this.#unanswered >= MAX_UNANSWERED) {
      this.close();
      if (this.#hasEverAnswered) this.#options.onSilent();
      return;
    }
    this.#looksSinceAsked++;
    if (this.#unanswered > 0 || this.#looksSinceAsked >= LOOKS_BETWEEN) this.#ask();
    else this.#lookAgain();
  }

  #ask(): void {
    this.#unanswered++;
    this.#looksSinceAsked = 0;
    this.#lookAgain();
    this.#options.ask();
  }

  #lookAgain(): void {
    this.#cancelTimer = this.#options.clock.schedule(LOOK_EVERY_MS, () => this.#look());
  }
}
