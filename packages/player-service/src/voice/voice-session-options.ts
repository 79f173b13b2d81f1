import type { PlayerError } from '@bandstand/protocol';
import type { FrameClock } from './frame-clock.ts';
import type { VoiceClock } from './voice-clock.ts';
import type { VoiceLog } from './voice-journal.ts';
import type { VoiceSessionState } from './voice-session-state.ts';
import type { VoiceStateOutbox } from './voice-state-outbox.ts';

export interface VoiceSessionEvents {
  /** The status changed, or the channel did, or `muted`. */
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
  readonly log: VoiceLog;
  /** Gives [0, 1); spreads rejoins. */
  readonly random: () => number;
}
