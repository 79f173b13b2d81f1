import type { FrameSource } from '../audio/frame.ts';
import type { ObservedSource } from './observed-source.ts';
import type { PlaybackLayer, VoiceLink } from './ports.ts';

export interface LayerObserver {
  /** Its first frame left. */
  onStarted(): void;
  /** Its last frame left. */
  onOver(): void;
}

interface Laid extends LayerObserver {
  readonly layer: PlaybackLayer;
  hasStarted: boolean;
}

/**
 * The voice session as the track player sees it, and a layer over what it plays. While the layer is heard, a pause or an end
 * is one of the music alone.
 */
export class LayeredOutput implements FrameSource {
  readonly #link: Pick<VoiceLink, 'play' | 'pause' | 'unpause' | 'stop'>;
  #bed: ObservedSource | undefined;
  #isPaused = false;
  #laid: Laid | undefined;

  constructor(link: Pick<VoiceLink, 'play' | 'pause' | 'unpause' | 'stop'>) {
    this.#link = link;
  }

  get status(): FrameSource['status'] {
    if (this.#laid === undefined) return this.#bed?.status ?? 'ended';
    return this.#laid.layer.status === 'flowing' ? 'flowing' : 'buffering';
  }

  next(): Buffer | undefined {
    const laid = this.#laid;
    if (laid === undefined || !laid.layer.isDue()) return this.#isPaused ? undefined : this.#bed?.next();
    const frame = laid.layer.next();
    if (frame !== undefined && !laid.hasStarted) {
      laid.hasStarted = true;
      queueMicrotask(() => laid.onStarted());
    }
    this.#bed?.noticeTaken();
    const { status } = laid.layer;
    if (status === 'ended' || (status === 'failed' && frame === undefined)) this.#layerEnded(laid);
    return frame;
  }

  play(source: ObservedSource): void {
    this.#bed = source;
    this.#bedChanged();
    this.#link.play(this);
  }

  pause(): void {
    this.#isPaused = true;
    if (this.#laid === undefined) this.#link.pause();
    else this.#bedChanged();
  }

  unpause(): void {
    this.#isPaused = false;
    this.#bedChanged();
    this.#link.unpause();
  }

  /** The music is over. */
  stop(): void {
    this.#bed = undefined;
    this.#isPaused = false;
    if (this.#laid === undefined) this.#link.stop();
    else this.#bedChanged();
  }

  /** Lays it over the music, or lets it be heard alone. One at a time. */
  lay(layer: PlaybackLayer, observer: LayerObserver): void {
    if (this.#laid !== undefined) throw new Error('bug: a layer over a layer');
    this.#laid = {
      layer,
      hasStarted: false,
      onStarted: () => observer.onStarted(),
      onOver: () => observer.onOver(),
    };
    this.#bedChanged();
    this.#link.play(this);
    this.#link.unpause();
  }

  /** Takes the layer away at once, without a word. */
  clear(): void {
    if (this.#laid === undefined) return;
    this.#laid = undefined;
    this.#restore();
  }

  #bedChanged(): void {
    this.#laid?.layer.over(this.#isPaused ? undefined : this.#bed?.playback);
  }

  /** Told after the tick, like everything that may replace what is played. */
  #layerEnded(laid: Laid): void {
    this.#laid = undefined;
    queueMicrotask(() => {
      if (this.#laid === undefined) this.#restore();
      laid.onOver();
    });
  }

  #restore(): void {
    if (this.#bed === undefined) this.#link.stop();
    else if (this.#isPaused) this.#link.pause();
  }
}
