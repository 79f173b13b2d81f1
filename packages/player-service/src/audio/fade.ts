import { unpackFrames } from './thread/frame-batch.ts';

interface Pair {
  readonly out: Buffer;
  /** For the frame after it. */
  readonly in: Buffer;
}

/**
 * A playback falls silent within a few frames, and may go on from there. It is asked about each frame that is taken. While the
 * frames that fade are not there the others serve on, until it has taken too long: then it ends without a fade.
 */
export class Fade {
  readonly #lastFrame: number;
  readonly #onSilent: () => void;
  readonly #pairs = new Map<number, Pair>();
  #phase: 'waiting' | 'silent' | 'resumed' = 'waiting';
  #fadeIn: { readonly index: number; readonly frame: Buffer } | undefined;

  /** @param lastFrame - With it, at the latest, it is over. */
  constructor(lastFrame: number, onSilent: () => void) {
    this.#lastFrame = lastFrame;
    this.#onSilent = onSilent;
  }

  /** Nothing may be taken now. */
  get isSilent(): boolean {
    return this.#phase === 'silent';
  }

  /** The frames that the audio thread made for this. */
  put(firstFrame: number, packed: ArrayBuffer): void {
    const frames: Buffer[] = [];
    unpackFrames(packed, (frame) => frames.push(frame));
    for (let i = 0; i + 1 < frames.length; i += 2) {
      const [fadeOut, fadeIn] = [frames[i], frames[i + 1]];
      if (fadeOut && fadeIn) this.#pairs.set(firstFrame + i / 2, { out: fadeOut, in: fadeIn });
    }
  }

  /** @returns What is to be heard in place of the frame. */
  replace(index: number): Buffer | undefined {
    if (this.#phase === 'resumed') return this.#fadeIn?.index === index ? this.#fadeIn.frame : undefined;
    const pair = this.#pairs.get(index);
    if (pair !== undefined) this.#fadeIn = { index: index + 1, frame: pair.in };
    if (pair !== undefined || index >= this.#lastFrame) this.#fallSilent();
    return pair?.out;
  }

  /** Frames may be taken again. */
  resume(): void {
    this.#phase = 'resumed';
  }

  /** Whoever listens runs after the tick. */
  #fallSilent(): void {
    this.#phase = 'silent';
    queueMicrotask(this.#onSilent);
  }
}
