import { timeScaleOf } from '../filters/time-scaler.ts';
import { INTERLEAVED_SAMPLES } from '../frame.ts';
import type { UnitWindow } from '../units/unit-window.ts';
import { crossOver } from './cross-over.ts';
import { fade } from './fade-ramp.ts';
import { type LineInput, unitInput } from './line-input.ts';
import { PeakGuard } from './peak-guard.ts';
import { ScaledInput } from './scaled-input.ts';
import { SoundLine } from './sound-line.ts';
import { type SoundContext, soundStages } from './sound-stages.ts';
import type { SoundChange, SoundTimeline } from './sound-timeline.ts';
import type { Mixer } from './stage.ts';
import { UnitReader } from './unit-reader.ts';

export interface SignalChainOptions extends SoundContext {
  /** The track. */
  readonly units: UnitWindow;
  /** How it sounds. Whoever changes it says so by `invalidate`. */
  readonly sounds: SoundTimeline;
  /** Whether the track begins in the middle of a sound, as behind a seek: then what is not a packet of the source fades in. */
  readonly fadesIn?: boolean | undefined;
}

/**
 * So many frames behind a change are encoded although they are the source's: a packet tells what is different from the one
 * before, and a listener's decoder that heard the changed one would make too much or too little of it.
 */
const SETTLING_FRAMES = 3;
/** Beyond what a sound remembers: the limiter and what it leads back to begin that much earlier. */
const GUARD_HISTORY_FRAMES = 2;
/** What is kept of the track for sounds that are yet to come and remember so much. */
const SPARE_HISTORY_FRAMES = 12;

/**
 * The samples of any frame of a playback as they shall be heard: the track under the sound that holds then, whatever is mixed
 * in, and peaks limited where that may be too loud. In the first frame of a change both sounds are made, and one leads over
 * to the other.
 *
 * Cheap for consecutive frames. Any other that is not forgotten may be asked for, at the price of replaying what is remembered.
 */
export class SignalChain {
  readonly #units: UnitWindow;
  readonly #sounds: SoundTimeline;
  readonly #context: SoundContext;
  readonly #fadesIn: boolean;
  readonly #lines = new Map<SoundChange, SoundLine>();
  readonly #mixers: Mixer[] = [];
  #reader: UnitReader | undefined;
  #guard: PeakGuard | undefined;
  #outgoing: Float32Array | undefined;
  #limited: Float32Array | undefined;
  /** The frame of the signal that what is mixed in is ready for. */
  #next: number | undefined;

  constructor({ units, sounds, fadesIn = false, ...context }: SignalChainOptions) {
    this.#units = units;
    this.#sounds = sounds;
    this.#context = context;
    this.#fadesIn = fadesIn;
  }

  /** Frames before the one asked for that it may have to look at. */
  get historyFrames(): number {
    let frames = SPARE_HISTORY_FRAMES;
    for (const line of this.#lines.values()) frames = Math.max(frames, line.historyFrames);
    return frames + GUARD_HISTORY_FRAMES;
  }

  /** Whether the track reaches into this frame, as far as it was read. */
  isInside(index: number): boolean {
    return this.#sounds.placeOf(index) < this.#units.end;
  }

  /** Whether the frame is a packet of the source that nothing changes. */
  isUntouched(index: number): boolean {
    return this.untouchedPacket(index) !== undefined;
  }

  /** The packet, if nothing changes it. */
  untouchedPacket(index: number): Buffer | undefined {
    const change = this.#sounds.at(index);
    const unit = this.#units.at(index + change.offset);
    if (unit?.kind !== 'opus' || !this.#line(change).isNeutral) return undefined;
    return this.#isSettled(index, change) && !this.#isGuarded(index) ? unit.packet : undefined;
  }

  /** Whether everything that the frame needs is there. Beyond the end of the track that is nothing. */
  canProcess(index: number): boolean {
    if (!this.#canRead(index)) return false;
    return !this.#isGuarded(index) || this.#canRead(index + 1);
  }

  /** The last unit of the track that is needed to process a frame. */
  lastUnitOf(index: number): number {
    return this.#line(this.#sounds.at(index)).input.lastUnitOf(index + 1); // the limiter looks ahead
  }

  /** Interleaved stereo; silence before and after the track. */
  process(index: number, into: Float32Array): void {
    if (!this.#isGuarded(index)) {
      this.#read(index, into);
      return;
    }
    this.#guard ??= new PeakGuard({
      read: (frame, to) => this.#read(frame, to),
      isActiveAt: (frame) => this.#isLoud(frame),
    });
    this.#guard.process(index, into);
    if (this.#isGuarded(index + 1)) return;
    // The limiter may still hold the signal down: it is led back to what comes after.
    this.#limited ??= new Float32Array(INTERLEAVED_SAMPLES);
    this.#limited.set(into);
    this.#read(index, into);
    crossOver(this.#limited, into);
  }

  /** What is mixed in after the sound of the track. It must make the same samples of a frame however often it is asked. */
  attach(mixer: Mixer): void {
    this.#mixers.push(mixer);
    this.invalidate(Number.NEGATIVE_INFINITY);
  }

  /** Something is different from frame `index` on: what was processed from there on is void. */
  invalidate(index: number): void {
    if (this.#next !== undefined && this.#next > index) this.#next = undefined;
    for (const mixer of this.#mixers) mixer.invalidate(index);
    this.#guard?.invalidate(index);
    for (const change of this.#lines.keys()) if (!this.#sounds.includes(change)) this.#lines.delete(change);
  }

  /** Frames before `index` will not be asked for again, nor what they need of the track. */
  forget(index: number): void {
    const oldest = index - this.historyFrames;
    const oldestChange = this.#sounds.at(oldest);
    this.#units.forget(this.#line(oldestChange).input.firstUnitOf(oldest));
    for (const change of this.#lines.keys())
      if (change.fromFrame < oldestChange.fromFrame) this.#lines.delete(change);
  }

  /** Whether nothing was changed in this frame and in those just before it. */
  #isSettled(index: number, change: SoundChange): boolean {
    for (let i = index - SETTLING_FRAMES; i < index && i < change.fromFrame; i++) {
      const before = this.#sounds.at(i);
      if (before.offset !== change.offset || !this.#line(before).isNeutral) return false;
    }
    for (const mixer of this.#mixers) {
      for (let i = index - SETTLING_FRAMES + 1; i <= index; i++) if (!mixer.isNeutralAt(i)) return false;
    }
    return true;
  }

  /** Whether it may be louder than the track was: then its peaks are limited, and in the frame after it the limiter lets go. */
  #isLoud(index: number): boolean {
    if (this.#line(this.#sounds.at(index)).mayBeLouder) return true;
    if (this.#line(this.#sounds.at(index - 1)).mayBeLouder) return true;
    for (const mixer of this.#mixers) if (!mixer.isNeutralAt(index)) return true;
    return false;
  }

  #isGuarded(index: number): boolean {
    return this.#isLoud(index) || this.#isLoud(index - 1);
  }

  #canRead(index: number): boolean {
    const change = this.#sounds.at(index);
    if (!this.#units.isSettled(this.#line(change).input.lastUnitOf(index))) return false;
    const before = this.#sounds.at(index - 1);
    if (before !== change && !this.#units.isSettled(this.#line(before).input.lastUnitOf(index))) return false;
    return this.#mixers.every((mixer) => mixer.canProcess(index));
  }

  /** The signal before its peaks are limited. */
  #read(index: number, into: Float32Array): void {
    if (index !== this.#next) for (const mixer of this.#mixers) mixer.reset();
    this.#next = index + 1;
    this.#readSound(index, into);
    if (this.#fadesIn && index < 0) into.fill(0); // what was before is known to decoders and filters, but not heard
    if (this.#fadesIn && index === 0) fade(into, 'in');
    for (const mixer of this.#mixers) if (!mixer.isNeutralAt(index)) mixer.process(into, index);
  }

  #readSound(index: number, into: Float32Array): void {
    const change = this.#sounds.at(index);
    const before = this.#sounds.at(index - 1);
    if (before === change) {
      this.#line(change).process(index, into);
      return;
    }
    this.#outgoing ??= new Float32Array(INTERLEAVED_SAMPLES);
    this.#line(before).process(index, this.#outgoing);
    this.#line(change).process(index, into);
    crossOver(this.#outgoing, into);
  }

  #line(change: SoundChange): SoundLine {
    let line = this.#lines.get(change);
    if (line === undefined) {
      line = new SoundLine(this.#inputFor(change), soundStages(change.sound, this.#context));
      this.#lines.set(change, line);
    }
    return line;
  }

  #inputFor(change: SoundChange): LineInput {
    this.#reader ??= new UnitReader(this.#units);
    const { timescale } = change.sound.filters;
    if (timescale === undefined) return unitInput(this.#reader, change);
    const scale = timeScaleOf(timescale);
    for (const { input } of this.#lines.values()) {
      if (input instanceof ScaledInput && input.serves(change, scale)) return input;
    }
    return new ScaledInput(this.#reader, change, scale);
  }
}
