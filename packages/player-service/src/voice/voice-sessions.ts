import { FrameClock } from './frame-clock.ts';
import type { FrameCounts } from './frame-sender.ts';
import { systemVoiceClock, type VoiceClock } from './voice-clock.ts';
import type { RepairCounts, VoiceLog } from './voice-journal.ts';
import { VoiceSession } from './voice-session.ts';
import { VoiceStateOutbox, type VoiceStateRequest } from './voice-state-outbox.ts';

export interface VoiceSessionsOptions {
  /** Hands op 4 to whoever holds the gateway connection; must not throw. */
  readonly send: (request: VoiceStateRequest) => void;
  /** Whether whoever holds the gateway connection of a guild listens now; always, unless told. */
  readonly isHeard?: (guildId: string) => boolean;
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
  readonly #ended = {
    frames: { due: 0, sent: 0, late: 0, missing: 0, silence: 0 } as FrameCounts,
    repairs: { rejoins: 0, resumes: 0, restarts: 0 } as RepairCounts,
  };

  constructor({
    send,
    isHeard = () => true,
    logOf,
    clock = systemVoiceClock,
    random = Math.random,
  }: VoiceSessionsOptions) {
    this.#clock = clock;
    this.#random = random;
    this.#logOf = logOf;
    this.frameClock = new FrameClock(clock);
    this.#outbox = new VoiceStateOutbox({ send, isHeard, clock });
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Of all sessions there ever were. */
  get frames(): Readonly<FrameCounts> {
    const frames = { ...this.#ended.frames };
    for (const session of this.#sessions.values()) addTo(frames, session.frames);
    return frames;
  }

  /** Of all sessions there ever were. */
  get repairs(): Readonly<RepairCounts> {
    const repairs = { ...this.#ended.repairs };
    for (const session of this.#sessions.values()) addTo(repairs, session.repairs);
    return repairs;
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
      if (next.status !== 'destroyed') return;
      this.#sessions.delete(guildId);
      addTo(this.#ended.frames, session.frames);
      addTo(this.#ended.repairs, session.repairs);
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

function addTo<T extends { [K in keyof T]: number }>(sum: T, more: Readonly<T>): void {
  for (const kind of Object.keys(sum) as (keyof T)[]) sum[kind] = (sum[kind] + more[kind]) as T[keyof T];
}
