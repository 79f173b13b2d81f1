import { samplesAhead, samplesBehind, type TimeScale, TimeScaler } from '../filters/time-scaler.ts';
import { FRAME_SAMPLES, INTERLEAVED_SAMPLES } from '../frame.ts';
import { DECODER_PRIMING_PACKETS } from '../opus-codec.ts';
import { type LineInput, samplePlaceOf } from './line-input.ts';
import type { SoundChange } from './sound-timeline.ts';
import type { UnitReader } from './unit-reader.ts';

/** More than the frames made ahead together with what most stages remember. */
const KEPT_FRAMES = 96;
/** Two places in the track, in frames, that differ by rounding errors only. */
const SAME_PLACE = 1e-6;

/**
 * The track at another speed or pitch. What was made is kept for a while: begun anew, the scaler would make the same frame with
 * other phases, and what is made again must go on where what was heard before ends.
 */
export class ScaledInput implements LineInput {
  readonly isTrack = false;
  readonly #reader: UnitReader;
  readonly #change: SoundChange;
  readonly #scale: TimeScale;
  readonly #scaler = new TimeScaler();
  readonly #kept = new Float32Array(KEPT_FRAMES * INTERLEAVED_SAMPLES);
  readonly #read = (fromSample: number, into: Float32Array) => this.#reader.readSamples(fromSample, into);
  /** The frames that are kept end before `#next`, which the scaler is ready for. */
  #first = 0;
  #next: number | undefined;

  constructor(reader: UnitReader, change: SoundChange, scale: TimeScale) {
    this.#reader = reader;
    this.#change = change;
    this.#scale = scale;
  }

  /** Whether it is, to the ear, what would be made for this change. */
  serves(change: SoundChange, { speed, pitch }: TimeScale): boolean {
    const isSameScale = this.#scale.speed === speed && this.#scale.pitch === pitch;
    return isSameScale && Math.abs(change.offset - this.#change.offset) < SAME_PLACE;
  }

  earliestBefore(index: number): number {
    const isKept = this.#next !== undefined && index >= this.#first && index <= this.#next;
    return isKept ? this.#first : Number.NEGATIVE_INFINITY;
  }

  read(index: number, into: Float32Array): void {
    if (this.#next === undefined || index < this.#first || index > this.#next) this.#begin(index);
    if (index === this.#next) this.#make(index);
    into.set(this.#slot(index));
  }

  firstUnitOf(index: number): number {
    const first = Math.floor(
      (samplePlaceOf(index, this.#change) - samplesBehind(this.#scale)) / FRAME_SAMPLES,
    );
    return first - DECODER_PRIMING_PACKETS;
  }

  lastUnitOf(index: number): number {
    return Math.ceil((samplePlaceOf(index, this.#change) + samplesAhead(this.#scale)) / FRAME_SAMPLES);
  }

  #begin(index: number): void {
    this.#scaler.begin(this.#scale, samplePlaceOf(index, this.#change));
    this.#first = index;
    this.#next = index;
  }

  #make(index: number): void {
    this.#scaler.pull(this.#read, this.#slot(index));
    this.#next = index + 1;
    this.#first = Math.max(this.#first, this.#next - KEPT_FRAMES);
  }

  #slot(index: number): Float32Array {
    const slot = ((index % KEPT_FRAMES) + KEPT_FRAMES) % KEPT_FRAMES;
    return this.#kept.subarray(slot * INTERLEAVED_SAMPLES, (slot + 1) * INTERLEAVED_SAMPLES);
  }
}
