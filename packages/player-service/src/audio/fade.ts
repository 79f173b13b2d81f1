import type { FadePlace } from './thread/messages.ts';

/**
 * A playback falls silent within a few frames, and may go on from there. It is asked about each frame that is taken. While the
 * frames that fade are not there the others serve on, until it has taken too long: then it ends without a fade.
 */
export class Fade {
  readonly #lastFrame: number;
  readonly #onSilent: () => void;
  /** By the first frame behind the silence. */
  readonly #places = new Map<number, FadePlace>();
  #phase: 'waiting' | 'silent' | 'coming' | 'resumed' = 'waiting';
  #resumedAt = Number.NaN;

  /** @param lastFrame - With it, at the latest, it is over. */
  constructor(lastFrame: number, onSilent: () => void) {
    this.#lastFrame = lastFrame;
    this.#onSilent = onSilent;
  }

  /** It does not fall silent: the next frame that is asked about fades in, if it is there in time. */
  static in(): Fade {
    const fade = new Fade(0, () => {});
    fade.#phase = 'coming';
    return fade;
  }

  /** Nothing may be taken now. */
  get isSilent(): boolean {
    return this.#phase === 'silent';
  }

  /** What it comes in with is still to be heard. */
  get isComing(): boolean {
    return this.#phase === 'coming';
  }

  /** What the audio thread made for this. */
  put(firstFrame: number, places: readonly FadePlace[]): void {
    for (const [i, place] of places.entries()) this.#places.set(firstFrame + i, place);
  }

  /** @returns What is to be heard in place of the frame. */
  replace(index: number): Uint8Array | undefined {
    switch (this.#phase) {
      case 'waiting': {
        const frame = this.#places.get(index + 1)?.before[0];
        if (frame !== undefined || index >= this.#lastFrame) this.#fallSilent(index + 1);
        return frame;
      }
      case 'coming':
        this.#phase = 'resumed';
        this.#resumedAt = index;
        break;
      case 'silent':
      case 'resumed':
    }
    return this.#places.get(this.#resumedAt)?.after[index - this.#resumedAt];
  }

  /** Frames may be taken again. */
  resume(): void {
    this.#phase = 'resumed';
  }

  /** Whoever listens runs after the tick. */
  #fallSilent(resumeAt: number): void {
    this.#phase = 'silent';
    this.#resumedAt = resumeAt;
    queueMicrotask(this.#onSilent);
  }
}
