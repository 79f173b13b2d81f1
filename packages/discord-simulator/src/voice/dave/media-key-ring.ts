import type { DaveFrame } from './frame-layout.ts';
import { MediaKeys } from './media-keys.ts';

/** Frames sealed before one was added still arrive for as long as one frame is prepared ahead and the network is slow. */
const IN_FLIGHT_MS = 500;

interface Epoch {
  readonly keys: ReadonlyMap<string, MediaKeys>;
  endedAtMs: number | undefined;
}

/**
 * The media keys of the newest epoch and, for a while, of those before it.
 *
 * Senders change keys at their own pace: some with the commit, some at opcode 22, so frames of both epochs arrive mixed.
 */
export class MediaKeyRing {
  readonly #retentionMs: number;
  #epochs: Epoch[] = [];
  #sharedSinceMs = new Map<string, number>();

  constructor(retentionMs: number) {
    this.#retentionMs = retentionMs;
  }

  /** @param baseSecrets - By user id. */
  startEpoch(baseSecrets: ReadonlyMap<string, Buffer>): void {
    this.endEpoch();
    const now = performance.now();
    const since = [...baseSecrets.keys()].map(
      (userId) => [userId, this.#sharedSinceMs.get(userId) ?? now] as const,
    );
    this.#sharedSinceMs = new Map(since);
    const keys = new Map([...baseSecrets].map(([userId, secret]) => [userId, new MediaKeys(secret)]));
    this.#epochs.unshift({ keys, endedAtMs: undefined });
  }

  /** The group is over, or about to have another epoch: its keys are kept for the retention time. */
  endEpoch(): void {
    const now = performance.now();
    const [newest] = this.#epochs;
    if (newest !== undefined) newest.endedAtMs ??= now;
    this.#epochs = this.#current(now);
  }

  /** Whether all frames of this sender should open: it shares a group with us, and has for longer than a frame travels. */
  expects(userId: string): boolean {
    const sinceMs = this.#sharedSinceMs.get(userId);
    return sinceMs !== undefined && performance.now() - sinceMs > IN_FLIGHT_MS;
  }

  /** @returns The frame in clear, or `undefined` when no key fits. */
  open(userId: string, frame: DaveFrame): Buffer | undefined {
    for (const epoch of this.#epochs) {
      if (epoch.endedAtMs !== undefined && performance.now() - epoch.endedAtMs > this.#retentionMs) continue;
      const opus = epoch.keys.get(userId)?.open(frame);
      if (opus !== undefined) return opus;
    }
    return undefined;
  }

  #current(now: number): Epoch[] {
    return this.#epochs.filter(
      ({ endedAtMs }) => endedAtMs === undefined || now - endedAtMs <= this.#retentionMs,
    );
  }
}
