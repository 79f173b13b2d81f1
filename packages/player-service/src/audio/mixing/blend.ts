import type { Mix } from './mix.ts';

/** What a blend needs of a playback. */
export interface Blendable {
  readonly framesTaken: number;
  /** How far ahead of the next frame a change may begin. */
  readonly leadFrames: number;
  /** `undefined` until its end is known. */
  readonly totalFrames: number | undefined;
  mix(fromFrame: number, mix: Mix<Blendable>): void;
}

/** Less is no crossfade; the one is then followed by the other. */
const MIN_FRAMES = 5;
/** Back to itself alone. */
const RETURN_FRAMES = 3;

/** A crossfade from the end of a playback into the beginning of another: exact, because it waits until the end is known. */
export class Blend {
  readonly #playback: Blendable;
  readonly next: Blendable;
  readonly #frames: number;
  /** Where it begins. */
  #fromFrame: number | undefined;

  constructor(playback: Blendable, next: Blendable, frames: number) {
    this.#playback = playback;
    this.next = next;
    this.#frames = frames;
  }

  /** To be called when the end is known, and when it has become another. */
  plan(): void {
    const { totalFrames } = this.#playback;
    if (totalFrames === undefined) return;
    const begunAt = this.#begunAt;
    const earliest = this.#earliest;
    const fromFrame = begunAt === undefined ? Math.max(totalFrames - this.#longest, earliest) : earliest;
    const frames = totalFrames - fromFrame;
    if (frames < (begunAt === undefined ? MIN_FRAMES : 1)) {
      if (begunAt === undefined) this.cancel();
      return;
    }
    if (this.#fromFrame !== undefined && begunAt === undefined) this.cancel();
    this.#fromFrame = begunAt ?? fromFrame;
    this.#playback.mix(fromFrame, {
      own: { to: 0, frames },
      other: { signal: this.next, frame: fromFrame - this.#fromFrame, level: { to: 1, frames } },
    });
  }

  /** The playback goes on alone. */
  cancel(): void {
    if (this.#fromFrame === undefined) return;
    this.#playback.mix(Math.max(this.#fromFrame, this.#earliest), { own: { to: 1, frames: RETURN_FRAMES } });
    this.#fromFrame = undefined;
  }

  /** Of a short track at most half belongs to its beginning. */
  get #longest(): number {
    return Math.min(this.#frames, Math.floor((this.next.totalFrames ?? Number.POSITIVE_INFINITY) / 2));
  }

  get #begunAt(): number | undefined {
    const from = this.#fromFrame;
    return from !== undefined && from < this.#earliest ? from : undefined;
  }

  get #earliest(): number {
    return this.#playback.framesTaken + this.#playback.leadFrames;
  }
}
