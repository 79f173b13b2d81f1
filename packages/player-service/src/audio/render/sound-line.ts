import { DECODER_PRIMING_PACKETS } from '../opus-codec.ts';
import type { SoundStages } from './sound-stages.ts';
import type { SoundChange } from './sound-timeline.ts';
import type { UnitReader } from './unit-reader.ts';

/** The most that is replayed after a jump: what remembers longer is a little off at first. */
const MAX_HISTORY_FRAMES = 150;

/** The samples of any frame of the track under one sound; cheap for consecutive ones, else its stages hear again what they remember. */
export class SoundLine {
  /** Whether it gives the track as it is. */
  readonly isNeutral: boolean;
  /** Whether it may be louder than the track. */
  readonly mayBeLouder: boolean;
  /** How many frames before the one that is asked for it may have to replay. */
  readonly historyFrames: number;
  readonly #change: SoundChange;
  readonly #stages: SoundStages['stages'];
  readonly #reader: UnitReader;
  #next: number | undefined;

  constructor(change: SoundChange, { stages, mayBeLouder }: SoundStages, reader: UnitReader) {
    this.#change = change;
    this.#stages = stages;
    this.#reader = reader;
    this.isNeutral = stages.length === 0;
    this.mayBeLouder = mayBeLouder;
    const history = stages.reduce((sum, stage) => sum + (stage.historyFrames ?? 0), 0);
    this.historyFrames = Math.min(history, MAX_HISTORY_FRAMES);
  }

  /** The first unit of the track that a frame needs if nothing was processed before. */
  firstUnitOf(index: number): number {
    return index + this.#change.offset - DECODER_PRIMING_PACKETS;
  }

  /** The last unit of the track that a frame needs. */
  lastUnitOf(index: number): number {
    return index + this.#change.offset;
  }

  process(index: number, into: Float32Array): void {
    if (index !== this.#next) this.#prime(index, into);
    this.#next = index + 1;
    this.#reader.read(index + this.#change.offset, into);
    for (const stage of this.#stages) stage.process(into, index);
  }

  #prime(index: number, scratch: Float32Array): void {
    for (const stage of this.#stages) stage.reset();
    this.#next = Math.max(0, index - this.historyFrames);
    while (this.#next < index) this.process(this.#next, scratch);
    this.#next = index;
  }
}
