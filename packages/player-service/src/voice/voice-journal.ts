import type { ErrorDetails } from '@bandstand/protocol';
import type { LossPolicy } from './close-codes.ts';
import type { FrameCounts } from './frame-sender.ts';

/** Where a session's history goes; a pino logger is one. */
export interface VoiceLog {
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
}

/** How often a session was mended, and how, since it began. */
export interface RepairCounts {
  /** Fresh credentials were asked for (op 4). */
  rejoins: number;
  /** The voice server was asked to go on where it was. */
  resumes: number;
  /** The 20 ms clock was set going again. */
  restarts: number;
}

/** Writes down what befell a session and what was done about it, with the frames so far. */
export class VoiceJournal {
  readonly repairs: RepairCounts = { rejoins: 0, resumes: 0, restarts: 0 };
  readonly #log: VoiceLog;
  readonly #frames: Readonly<FrameCounts>;

  constructor(log: VoiceLog, frames: Readonly<FrameCounts>) {
    this.#log = log;
    this.#frames = frames;
  }

  resuming(): void {
    this.repairs.resumes++;
    this.#log.info({ frames: { ...this.#frames } }, 'voice connection lost; resuming');
  }

  rejoining({ meaning }: LossPolicy, delayMs: number, details: ErrorDetails): void {
    this.repairs.rejoins++;
    const fields = { loss: meaning, ...details, delayMs: Math.round(delayMs), frames: { ...this.#frames } };
    this.#log.warn(fields, 'voice connection lost; joining anew');
  }

  awaiting({ meaning }: LossPolicy, details: ErrorDetails): void {
    this.#log.info({ loss: meaning, ...details }, 'voice connection lost; Discord has the next word');
  }

  gatewayAway(): void {
    this.#log.warn({}, 'the bot is away, so Discord cannot answer; waiting for it');
  }

  restarted(): void {
    this.repairs.restarts++;
    this.#log.warn({ frames: { ...this.#frames } }, 'the frame clock stood still and was set going again');
  }

  muted(isMuted: boolean): void {
    this.#log.info(
      { muted: isMuted },
      isMuted ? 'silenced by Discord; the music waits' : 'may be heard again',
    );
  }
}
