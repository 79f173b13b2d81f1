import { FRAME_MS, type FrameSource } from '../frame.ts';
import type { Blendable } from './blend.ts';
import type { Mix } from './mix.ts';

/** How a layer lies over the music. */
export interface LayerPlan {
  /** What the music goes down to, 0 to 1. */
  readonly bedGain: number;
  /** How long the music takes to go down. */
  readonly attackMs: number;
  /** How long it takes to come back. */
  readonly releaseMs: number;
  /** Whether the music stands still once it is down, and comes back where it was. */
  readonly holdsBed: boolean;
  /** Whether the layer comes as the music goes, and goes as it comes back; else it is all there from its first sample to its last. */
  readonly fades: boolean;
}

/** What a layer needs of its own playback and of the one below. */
export interface Layerable<Playback> extends Blendable<Playback>, FrameSource {
  /** Where it ends, also by breaking off; `undefined` until that is known. */
  readonly endFrame: number | undefined;
  /** Whether its frames that wait are made with everything that was asked for. */
  readonly isUpToDate: boolean;
  /** Whether the two are made on one thread: only then one can hold the other. */
  sharesThreadWith(other: Playback): boolean;
  /** Which frame of another playback is part of a frame of this one. */
  frameOf(other: Playback, frameIndex: number): number | undefined;
  on(event: 'length', listener: () => void): unknown;
}

/** It lies that much ahead of the bed: time to make its first frames with the bed in them. Doubled when it was too short. */
const LEAD_FRAMES = 6;
const MAX_LEAD_FRAMES = 48;
/** A bed that did not move for so many ticks is not waited for. */
const PATIENCE_TICKS = 10;
/** Before its first frame, the bed alone: the encoder hears what came before. */
const PRIMING_FRAMES = 3;
/** Of a layer that is stopped. */
const FADE_FRAMES = 3;

/**
 * A second signal over the music. Its frames take the place of the bed's and hold them: as they are taken, those of the bed
 * are over, so that afterwards the bed goes on where it was heard last, untouched.
 *
 * The playback must be open with a tail of silence of `releaseMs` unless the plan fades.
 */
export class Layer<Playback extends Layerable<Playback>> implements FrameSource {
  readonly #playback: Playback;
  readonly #plan: LayerPlan;
  readonly #attackFrames: number;
  readonly #releaseFrames: number;
  #bed: Playback | undefined;
  /** Where the bed stands still. */
  #heldFrame = 0;
  #hasBegun = false;
  /** The frame of the bed whose place its first frame takes. */
  #beginsAt = 0;
  #leadFrames = LEAD_FRAMES;
  #waitedTicks = 0;
  #stoppedAt: number | undefined;

  constructor(playback: Playback, plan: LayerPlan) {
    this.#playback = playback;
    this.#plan = plan;
    this.#attackFrames = Math.max(1, Math.round(plan.attackMs / FRAME_MS));
    this.#releaseFrames = Math.max(1, Math.round(plan.releaseMs / FRAME_MS));
    playback.on('length', () => this.#lengthChanged());
  }

  /** Whether its frames were taken. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  get status(): FrameSource['status'] {
    const { status, framesTaken } = this.#playback;
    if (this.#stoppedAt === undefined || status === 'failed') return status;
    if (!this.#hasBegun) return 'ended';
    const outFrames = Math.max(FADE_FRAMES, this.#bed === undefined ? 0 : this.#releaseFrames);
    return framesTaken >= this.#stoppedAt + outFrames ? 'ended' : status;
  }

  /** Lies over this from now on, or over nothing. A bed of another thread stands still meanwhile. */
  over(under: Playback | undefined): void {
    const bed = under !== undefined && this.#playback.sharesThreadWith(under) ? under : undefined;
    this.#bed = bed;
    if (!this.#hasBegun) {
      this.#arrange();
      return;
    }
    const from = this.#earliest;
    const bedFrame = bed && (this.#playback.frameOf(bed, from) ?? bed.framesTaken);
    if (this.#plan.holdsBed && from >= this.#attackFrames) this.#heldFrame = bed?.framesTaken ?? 0;
    this.#planFrom(from, bedFrame);
  }

  /**
   * To be asked in every tick, before a frame is taken: whether it is to be taken here, and not from the bed.
   */
  isDue(): boolean {
    if (this.#hasBegun) return true;
    const taken = this.#bed?.framesTaken ?? this.#beginsAt;
    if (taken === this.#beginsAt && this.#playback.isUpToDate && this.#playback.status === 'flowing') {
      this.#hasBegun = true;
      return true;
    }
    if (taken >= this.#beginsAt && this.#bed !== undefined) {
      this.#leadFrames = Math.min(2 * this.#leadFrames, MAX_LEAD_FRAMES);
      this.#arrange();
    } else if (++this.#waitedTicks % PATIENCE_TICKS === 0) this.#arrange(0);
    return false;
  }

  next(): Buffer | undefined {
    return this.#playback.next();
  }

  /** Goes at once, and lets the music come back. */
  stop(): void {
    if (this.#stoppedAt !== undefined) return;
    const from = this.#earliest;
    this.#stoppedAt = from;
    if (this.#hasBegun) this.#planFrom(from, this.#bed && this.#playback.frameOf(this.#bed, from));
  }

  /** Begins when the bed has come so far. */
  #arrange(leadFrames = this.#leadFrames): void {
    const bed = this.#bed;
    this.#beginsAt = (bed?.framesTaken ?? 0) + leadFrames;
    this.#playback.mix(-PRIMING_FRAMES, {
      own: { to: this.#plan.fades ? 0 : 1, frames: 1 },
      other: bed && { signal: bed, frame: this.#beginsAt - PRIMING_FRAMES, level: { to: 1, frames: 1 } },
    });
    this.#planFrom(0, bed && this.#beginsAt);
  }

  #lengthChanged(): void {
    if (this.#stoppedAt !== undefined) return;
    if (!this.#hasBegun) {
      this.#planFrom(0, this.#bed && this.#beginsAt);
      return;
    }
    const releaseAt = this.#releaseAt;
    if (releaseAt === undefined) return;
    const from = Math.max(this.#earliest, releaseAt);
    this.#planRelease(from, this.#bed && this.#playback.frameOf(this.#bed, from));
  }

  /** @param bedFrame - The frame of the bed that goes with `from`; `undefined` while it stands still. */
  #planFrom(from: number, bedFrame: number | undefined): void {
    const { bedGain, holdsBed } = this.#plan;
    const releaseAt = this.#releaseAt ?? Number.POSITIVE_INFINITY;
    const heldFrom = Math.min(this.#attackFrames, releaseAt);
    if (from < releaseAt) {
      const frames = Math.max(1, this.#attackFrames - from);
      const own = { to: 1, frames: this.#plan.fades ? frames : 1 };
      const isHeld = holdsBed && from >= heldFrom;
      const isHeard = this.#bed !== undefined && bedFrame !== undefined && !isHeld;
      this.#mix(from, own, isHeard ? bedFrame : undefined, { to: bedGain, frames });
      if (holdsBed && isHeard) {
        this.#heldFrame = bedFrame + heldFrom - from;
        if (heldFrom < releaseAt) this.#mix(heldFrom, { to: 1, frames: 1 }, undefined);
      }
    }
    if (releaseAt === Number.POSITIVE_INFINITY) return;
    const at = Math.max(from, releaseAt);
    this.#planRelease(at, bedFrame === undefined || holdsBed ? undefined : bedFrame + at - from);
  }

  #planRelease(from: number, bedFrame: number | undefined): void {
    const releaseAt = this.#releaseAt ?? from;
    const frames = Math.max(1, releaseAt + this.#releaseFrames - from);
    const own =
      this.#stoppedAt !== undefined
        ? { to: 0, frames: FADE_FRAMES }
        : { to: this.#plan.fades ? 0 : 1, frames };
    const frame = bedFrame ?? this.#heldFrame;
    this.#mix(from, own, this.#bed && frame, { to: 1, frames });
  }

  #mix(
    fromFrame: number,
    own: Mix<Playback>['own'],
    bedFrame: number | undefined,
    level: Mix<Playback>['own'] = own,
  ): void {
    const bed = this.#bed;
    const other = bed && bedFrame !== undefined ? { signal: bed, frame: bedFrame, level } : undefined;
    this.#playback.mix(fromFrame, { own, other });
  }

  /** Where the music begins to come back. */
  get #releaseAt(): number | undefined {
    if (this.#stoppedAt !== undefined) return this.#stoppedAt;
    const { endFrame } = this.#playback;
    if (endFrame === undefined) return undefined;
    const frames = this.#plan.fades ? Math.min(this.#releaseFrames, endFrame / 2) : this.#releaseFrames;
    return Math.max(0, endFrame - Math.floor(frames));
  }

  get #earliest(): number {
    return this.#playback.framesTaken + this.#playback.leadFrames;
  }
}
