import { type LossPolicy, SILENT_LOSSES } from './close-codes.ts';
import type { VoiceClock } from './voice-clock.ts';
import type { VoiceSessionState } from './voice-session-state.ts';

/** Timing of a session, in milliseconds. */
export const VOICE_DEADLINES = {
  /** From op 4 to a connection that stands. */
  joinMs: 10_000,
  /** For Discord's own word on where we were moved to (after 4014, 4022). */
  awaitServerMs: 5_000,
  /** Between two looks whether a bot that is away is back. */
  gatewayLookMs: 5_000,
  resumeMs: 5_000,
  secureMs: 5_000,
  /** A session that held so long has forgotten its earlier losses. */
  stableMs: 30_000,
} as const;

/** Watches the clock for the states that have no request which does so itself. */
export class SessionDeadline {
  readonly #clock: VoiceClock;
  readonly #onPassed: (loss: LossPolicy | undefined) => void;
  #cancelTimer: (() => void) | undefined;

  /** @param onPassed - What it means that the state still held by then; `undefined`: all is well. */
  constructor(clock: VoiceClock, onPassed: (loss: LossPolicy | undefined) => void) {
    this.#clock = clock;
    this.#onPassed = onPassed;
  }

  /** Forgets the state before. */
  watch(state: VoiceSessionState): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (state.status === 'securing') this.#start(VOICE_DEADLINES.secureMs, SILENT_LOSSES.notSecured);
    else if (state.status === 'ready') this.#start(VOICE_DEADLINES.stableMs, undefined);
    else if (state.status === 'recovering' && state.connection !== undefined && state.request === undefined)
      this.#start(VOICE_DEADLINES.resumeMs, SILENT_LOSSES.resumeTimeout);
  }

  #start(afterMs: number, loss: LossPolicy | undefined): void {
    this.#cancelTimer = this.#clock.schedule(afterMs, () => this.#onPassed(loss));
  }
}
