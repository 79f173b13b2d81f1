import type { Clock } from '../clock.ts';
import type { Playback, VoiceLink } from './ports.ts';

export interface FadingTailOptions {
  readonly output: Pick<VoiceLink, 'stop'>;
  readonly clock: Clock;
}

/** Whoever skips wants to hear the next track: two frames, the second of which fades out, or a cut. */
const TAIL_FRAMES = 2;
/** Nobody takes its frames, or no faded one came: it ends all the same. */
const DEADLINE_MS = 150;

/** What is still heard of a track that was left: it fades within a frame or two, and what comes after waits for that. */
export class FadingTail {
  readonly #options: FadingTailOptions;
  #fading: { readonly playback: Playback; readonly cancel: () => void } | undefined;
  #next: (() => boolean) | undefined;

  constructor(options: FadingTailOptions) {
    this.#options = options;
  }

  /** What is fading. It is closed when it has. */
  get playback(): Playback | undefined {
    return this.#fading?.playback;
  }

  /** Lets what is heard fade out, closes it and stops the output. */
  leave(playback: Playback): void {
    this.cut();
    this.#fading = { playback, cancel: this.#options.clock.schedule(DEADLINE_MS, () => this.cut()) };
    const onSilent = () => {
      if (this.#fading?.playback === playback) this.cut();
    };
    playback.fadeOut(onSilent, { withinFrames: TAIL_FRAMES, goesOn: false });
  }

  /**
   * Does it as soon as nothing fades any more: now, if nothing does.
   *
   * @param next - Says whether it gave the output something else to play. Only the newest one is done.
   */
  follow(next: () => boolean): void {
    if (this.#fading === undefined) next();
    else this.#next = next;
  }

  /** Ends what is fading at once. */
  cut(): void {
    const fading = this.#fading;
    if (fading === undefined) return;
    const next = this.#next;
    this.#fading = undefined;
    this.#next = undefined;
    fading.cancel();
    fading.playback.close();
    if (next?.() !== true) this.#options.output.stop();
  }
}
