import { CHANNELS } from '../frame.ts';
import { InputWindow, type ReadSamples } from './input-window.ts';
import { STRETCH_LATENCY_SAMPLES, StretchEngine } from './stretch-engine.ts';

/** The longest input or output of one call of the engine, in samples per channel. */
const MOST_SAMPLES = 2 * STRETCH_LATENCY_SAMPLES;

/** Plays a track faster or slower; tones keep their height. */
export class Stretcher {
  readonly #engine = new StretchEngine(MOST_SAMPLES);
  readonly #window = new InputWindow(MOST_SAMPLES);
  readonly #thrownAway = new Float32Array(STRETCH_LATENCY_SAMPLES * CHANNELS);
  #speed = 1;
  #position = 0;
  /** Samples the engine made since the beginning; `undefined` before it heard what came before. */
  #made: number | undefined;

  /** Sample n will be what stands at `position + n * speed` in the track. */
  begin(speed: number, position: number): void {
    this.#speed = speed;
    this.#position = position;
    this.#made = undefined;
  }

  /** Reads on from where it read last; `stretchedAhead` tells how far. */
  pull(read: ReadSamples, into: Float32Array): void {
    if (this.#made === undefined) this.#start(read);
    this.#make(read, into);
  }

  /** The engine hears what came before, and what it makes of it is thrown away: it lags behind by as much. */
  #start(read: ReadSamples): void {
    this.#made = 0;
    const start = this.#inputEnd();
    this.#window.begin(start - MOST_SAMPLES);
    this.#engine.begin(this.#speed, this.#window.move(start - MOST_SAMPLES, start, read));
    this.#make(read, this.#thrownAway);
  }

  #make(read: ReadSamples, into: Float32Array): void {
    const most = Math.floor((MOST_SAMPLES - 1) / Math.max(1, this.#speed)) * CHANNELS;
    for (let at = 0; at < into.length; at += most) {
      const part = into.subarray(at, at + most);
      this.#made = (this.#made ?? 0) + part.length / CHANNELS;
      this.#engine.process(this.#window.move(this.#window.end, this.#inputEnd(), read), part);
    }
  }

  /** How far the engine must have heard the track. */
  #inputEnd(): number {
    return Math.round(this.#position + STRETCH_LATENCY_SAMPLES + (this.#made ?? 0) * this.#speed);
  }
}

/** Samples of the track before the position that are read to begin there. */
export const STRETCHED_BEHIND = MOST_SAMPLES - STRETCH_LATENCY_SAMPLES;

/** Samples of the track after the position that are read to make so many samples. */
export function stretchedAhead(speed: number, samples: number): number {
  return STRETCH_LATENCY_SAMPLES + Math.ceil((STRETCH_LATENCY_SAMPLES + samples) * speed);
}
