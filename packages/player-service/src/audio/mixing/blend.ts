import type { Mix } from './mix.ts';

/** What a blend needs of a playback. */
export interface Blendable<Playback> {
  readonly framesTaken: number;
  /** How far ahead of the next frame a change may begin. */
  readonly leadFrames: number;
  /** `undefined` until its end is known. */
  readonly totalFrames: number | undefined;
  mix(fromFrame: number, mix: Mix<Playback>): void;
  /** From this frame on it is heard by itself, by a decoder that heard something else before. */
  comeIn(atFrame: number): void;
}

/** Less is no crossfade; the one is then followed by the other without a seam. */
const MIN_FRAMES = 5;
/**
 * Encoders pad what they begin and end with: where the one follows the other, that much of both is heard together. The last
 * frame may hold next to nothing of the track, and the packet before it knows already that it ends.
 */
const JOIN_FRAMES = 2;
/** Back to itself alone. */
const RETURN_FRAMES = 3;

/**
 * The way from the end of a playback into the beginning of another: a crossfade over exactly its last frames, because it is
 * planned when the end is known, or the one right behind the other.
 */
export class Blend<Playback extends Blendable<Playback>> {
  readonly #playback: Playback;
  readonly next: Playback;
  readonly frames: number;
  #planned: { readonly fromFrame: number; readonly totalFrames: number } | undefined;

  constructor(playback: Playback, next: Playback, frames: number) {
    this.#playback = playback;
    this.next = next;
    this.frames = frames;
  }

  /** Whether frames of both were taken, or are about to be. */
  get hasBegun(): boolean {
    return this.#planned !== undefined && this.#planned.fromFrame < this.#earliest;
  }

  /** To be called when the end is known, and when it may have become another. */
  plan(): void {
    const { totalFrames } = this.#playback;
    if (totalFrames === undefined || totalFrames === this.#planned?.totalFrames) return;
    if (this.#planned !== undefined && this.hasBegun) {
      this.#mix(this.#earliest, this.#planned.fromFrame, totalFrames);
      return;
    }
    this.cancel();
    const fromFrame = Math.max(totalFrames - this.#longest, this.#earliest);
    const isCrossfade = totalFrames - fromFrame >= MIN_FRAMES;
    const joinAt = Math.min(totalFrames, Math.max(totalFrames - JOIN_FRAMES, this.#earliest));
    const beginAt = isCrossfade ? fromFrame : joinAt;
    this.#mix(beginAt, beginAt, totalFrames);
    if (!isCrossfade) this.next.comeIn(totalFrames - beginAt);
  }

  /** The playback goes on alone. */
  cancel(): void {
    if (this.#planned === undefined) return;
    const fromFrame = Math.max(this.#planned.fromFrame, this.#earliest);
    this.#planned = undefined;
    this.#playback.mix(fromFrame, { own: { to: 1, frames: RETURN_FRAMES } });
  }

  #mix(fromFrame: number, begunAt: number, totalFrames: number): void {
    this.#planned = { fromFrame: begunAt, totalFrames };
    const frames = Math.max(1, totalFrames - fromFrame);
    this.#playback.mix(fromFrame, {
      own: { to: 0, frames },
      other: { signal: this.next, frame: fromFrame - begunAt, level: { to: 1, frames } },
    });
  }

  /** Of a short track at most half belongs to its beginning. */
  get #longest(): number {
    return Math.min(this.frames, Math.floor((this.next.totalFrames ?? Number.POSITIVE_INFINITY) / 2));
  }

  get #earliest(): number {
    return this.#playback.framesTaken + this.#playback.leadFrames;
  }
}
