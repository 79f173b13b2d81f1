import { FrameClock } from './frame-clock.ts';
import { systemVoiceClock, type VoiceClock } from './voice-clock.ts';
import type { VoiceLog } from './voice-journal.ts';
import { VoiceSession } from './voice-session.ts';
import { VoiceStateOutbox, type VoiceStateRequest } from './voice-state-outbox.ts';

export interface VoiceSessionsOptions {
  /** Hands op 4 to whoever holds the gateway connection; must not throw. */
  readonly send: (request: VoiceStateRequest) => void;
  readonly logOf: (guildId: string) => VoiceLog;
  readonly clock?: VoiceClock;
  /** Gives [0, 1). */
  readonly random?: () => number;
}

/** All voice sessions of one bot on this thread: what they share is the 20 ms clock and the budget for op 4. */
export class VoiceSessions {
  readonly frameClock: FrameClock;
  readonly #outbox: VoiceStateOutbox;
  readonly #clock: VoiceClock;
  readonly #random: () => number;
  readonly #logOf: (guildId: string) => VoiceLog;
  readonly #sessions = new Map<string, VoiceSession>();

  constructor({ send, logOf, clock = systemVoiceClock, random = Math.random }: VoiceSessionsOptions) {
    this.#clock = clock;
    this.#random = random;
    this.#logOf = logOf;
    this.frameClock = new FrameClock(clock);
    this.#outbox = new VoiceStateOutbox({ send, clock });
  }

  get size(): number {
    return this.#sessions.size;
  }

  get(guildId: string): VoiceSession | undefined {
    return this.#sessions.get(guildId);
  }

  /** One session per guild; a destroyed one makes room for the next. */
  open(guildId: string): VoiceSession {
    if (this.#sessions.has(guildId)) throw new Error(`bug: guild ${guildId} has a voice session already`);
    const session = new VoiceSession({
      guildId,
      outbox: this.#outbox,
      frameClock: this.frameClock,
      clock: this.#clock,
      log: this.#logOf(guildId),
      random: this.#random,
    });
    session.on('change', (_previous, next) => {
      if (next.status === 'destroyed') this.#sessions.delete(guildId);
    });
    this.#sessions.set(guildId, session);
    return session;
  }

  /** Leaves all channels, as far as the budget for op 4 goes. */
  destroy(): void {
    for (const session of this.#sessions.values()) session.destroy();
    this.#outbox.close();
  }
}
