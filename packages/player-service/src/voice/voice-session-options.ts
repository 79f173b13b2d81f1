import type { PlayerError } from '@bandstand/protocol';
import type { FrameClock } from './frame-clock.ts';
import type { VoiceClock } from './voice-clock.ts';
import type { VoiceSessionState } from './voice-session-state.ts';
import type { VoiceStateOutbox } from './voice-state-outbox.ts';

export interface VoiceSessionEvents {
  /** The status changed, or the channel did. */
  change: [previous: VoiceSessionState, next: VoiceSessionState];
  /** The session ended and is not coming back by itself. */
  failed: [error: PlayerError];
  /** How many other clients are in the channel. */
  audienceChange: [count: number];
}

export interface VoiceSessionOptions {
  readonly guildId: string;
  readonly outbox: VoiceStateOutbox;
  readonly frameClock: FrameClock;
  readonly clock: VoiceClock;
  /** Gives [0, 1); spreads rejoins. */
  readonly random: () => number;
}

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
