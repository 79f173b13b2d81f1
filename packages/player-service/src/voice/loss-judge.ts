import { type ErrorDetails, PlayerError } from '@bandstand/protocol';
import type { LossPolicy } from './close-codes.ts';
import type { FrameCounts } from './frame-sender.ts';
import { RejoinBudget } from './rejoin-budget.ts';
import type { VoiceClock } from './voice-clock.ts';
import { type RepairCounts, VoiceJournal, type VoiceLog } from './voice-journal.ts';

export type Verdict =
  | { readonly action: 'rejoin'; readonly delayMs: number }
  | { readonly action: 'await' }
  | { readonly action: 'stop'; readonly error: PlayerError };

export interface LossJudgeOptions {
  readonly clock: VoiceClock;
  readonly log: VoiceLog;
  /** Gives [0, 1); spreads rejoins. */
  readonly random: () => number;
}

/** Says what is done about each loss, given those before it, and has it written down. */
export class LossJudge {
  readonly journal: VoiceJournal;
  readonly #budget: RejoinBudget;

  constructor({ clock, log, random }: LossJudgeOptions, frames: Readonly<FrameCounts>) {
    this.journal = new VoiceJournal(log, frames);
    this.#budget = new RejoinBudget(clock, random);
  }

  get repairs(): Readonly<RepairCounts> {
    return this.journal.repairs;
  }

  /** Whether a loss of this kind would be worth a rejoin. */
  minds(policy: LossPolicy): boolean {
    return this.#budget.allows(policy);
  }

  judge(policy: LossPolicy, details: ErrorDetails): Verdict {
    switch (policy.action) {
      case 'await':
        this.journal.awaiting(policy, details);
        return { action: 'await' };
      case 'rejoin': {
        const delayMs = this.#budget.take(policy);
        if (delayMs === undefined) return this.#stop(policy, details);
        this.journal.rejoining(policy, delayMs, details);
        return { action: 'rejoin', delayMs };
      }
      case 'stop':
        return this.#stop(policy, details);
    }
  }

  /** @returns Whether the connection is worth another resume. */
  mayResume(): boolean {
    const may = this.#budget.takeResume();
    if (may) this.journal.resuming();
    return may;
  }

  /** A session lasted. */
  hold(): void {
    this.#budget.hold();
  }

  /** A person asked for a fresh start. */
  reset(): void {
    this.#budget.reset();
  }

  #stop({ error, meaning }: LossPolicy, details: ErrorDetails): Verdict {
    const all = { ...details, rejoins: this.#budget.spent };
    return { action: 'stop', error: new PlayerError(error, `voice: ${meaning}`, { details: all }) };
  }
}
