import type { LineInput } from './line-input.ts';
import type { SoundStages } from './sound-stages.ts';

/** The most that is replayed after a jump: what remembers longer is a little off at first. */
const MAX_HISTORY_FRAMES = 150;

/** The samples of any frame of the track under one sound; cheap for consecutive ones, else its stages hear again what they remember. */
export class SoundLine {
  readonly input: LineInput;
  /** How many frames before the one that is asked for it may have to replay. */
  readonly historyFrames: number;
  readonly #stages: SoundStages;
  #next: number | undefined;

  constructor(input: LineInput, stages: SoundStages) {
    this.input = input;
    this.#stages = stages;
    const history = stages.stages.reduce((sum, stage) => sum + (stage.historyFrames ?? 0), 0);
    this.historyFrames = Math.min(history, MAX_HISTORY_FRAMES);
  }

  /** Whether it gives the track as it is. */
  get isNeutral(): boolean {
    return this.input.isTrack && this.#stages.stages.length === 0;
  }

  /** Whether it may be louder than the track. */
  get mayBeLouder(): boolean {
    return this.#stages.mayBeLouder;
  }

  process(index: number, into: Float32Array): void {
    if (index !== this.#next) this.#prime(index, into);
    this.#next = index + 1;
    this.input.read(index, into);
    for (const stage of this.#stages.stages) stage.process(into, index);
  }

  #prime(index: number, scratch: Float32Array): void {
    for (const stage of this.#stages.stages) stage.reset();
    this.#next = Math.max(0, index - this.historyFrames, this.input.earliestBefore(index));
    while (this.#next < index) this.process(this.#next, scratch);
    this.#next = index;
  }
}
