import { Fade } from './fade.ts';
import type { FadeWish } from './render/fades.ts';
import type { FadePlace } from './thread/messages.ts';

/** Falling silent takes so many frames at most. */
export const MAX_FADE_FRAMES = 3;

export interface FadeOutOptions {
  /** At most {@link MAX_FADE_FRAMES}. */
  readonly withinFrames?: number;
  /** Whether it may be resumed. */
  readonly goesOn?: boolean;
}

/** How a playback falls silent and comes in: asks the audio thread for the frames that takes, one silence at a time. */
export class PlaybackFades {
  readonly #ask: (wish: FadeWish) => void;
  #fade: Fade | undefined;

  constructor(ask: (wish: FadeWish) => void) {
    this.#ask = ask;
  }

  /** Nothing may be taken now. */
  get isSilent(): boolean {
    return this.#fade?.isSilent ?? false;
  }

  /** @param nextFrame - The first one that may fade. */
  out(nextFrame: number, onSilent: () => void, { withinFrames, goesOn = true }: FadeOutOptions): void {
    const count = Math.min(withinFrames ?? MAX_FADE_FRAMES, MAX_FADE_FRAMES);
    this.#fade = new Fade(nextFrame + count - 1, onSilent);
    this.#ask({ firstFrame: nextFrame + 1, count, before: true, after: goesOn ? 'fading in' : false });
  }

  /** @param atFrame - Where it goes on as it is; absent: it fades in, with whichever is the next then. */
  in(nextFrame: number, atFrame: number | undefined): void {
    this.#fade = Fade.in();
    if (atFrame !== undefined) {
      this.#ask({ firstFrame: atFrame, count: 1, before: false, after: 'as it is' });
      return;
    }
    // As part of another playback it may be heard on until then.
    const count = nextFrame === 0 ? 1 : MAX_FADE_FRAMES;
    this.#ask({ firstFrame: nextFrame, count, before: false, after: 'fading in' });
  }

  resume(): void {
    this.#fade?.resume();
  }

  /** What it is to come in with is void: it sounds different by then. */
  soundChanges(): void {
    if (this.#fade?.isComing === true) this.#fade = undefined;
  }

  put(firstFrame: number, places: readonly FadePlace[]): void {
    this.#fade?.put(firstFrame, places);
  }

  /** @returns What is to be heard of a frame that was taken. */
  replace(index: number, frame: Buffer): Buffer {
    const other = this.#fade?.replace(index);
    return other === undefined ? frame : Buffer.from(other.buffer, other.byteOffset, other.length);
  }
}
