import { type LossPolicy, SILENT_LOSSES } from './close-codes.ts';
import type { VoiceSessionState } from './voice-session-state.ts';

/** Timing of a session, in milliseconds. */
export const VOICE_DEADLINES = {
  /** From op 4 to a connection that stands. */
  joinMs: 10_000,
  /** For Discord's own word on where we were moved to (after 4014, 4022). */
  awaitServerMs: 5_000,
  resumeMs: 5_000,
  secureMs: 5_000,
  /** A session that held so long has forgotten its earlier losses. */
  stableMs: 30_000,
} as const;

export interface SessionDeadline {
  readonly afterMs: number;
  /** What it means that the state still holds by then; `undefined`: all is well. */
  readonly loss: LossPolicy | undefined;
}

/** How long a state may last, where it has no request that watches the clock itself. */
export function deadlineOf(state: VoiceSessionState): SessionDeadline | undefined {
  switch (state.status) {
    case 'securing':
      return { afterMs: VOICE_DEADLINES.secureMs, loss: SILENT_LOSSES.notSecured };
    case 'ready':
      return { afterMs: VOICE_DEADLINES.stableMs, loss: undefined };
    case 'recovering':
      return state.connection === undefined || state.request !== undefined
        ? undefined
        : { afterMs: VOICE_DEADLINES.resumeMs, loss: SILENT_LOSSES.resumeTimeout };
    default:
      return undefined;
  }
}
