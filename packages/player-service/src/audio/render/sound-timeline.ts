import { type SoundSettings, speedOf } from '../sound.ts';

/** From `fromFrame` on it sounds like this. */
export interface SoundChange {
  /** `-Infinity` for what holds from the beginning. */
  readonly fromFrame: number;
  readonly sound: SoundSettings;
  /** Frames of the track that pass in one frame of sound. */
  readonly speed: number;
  /** Frame i of the sound begins at frame `i * speed + offset` of the track. */
  readonly offset: number;
}

/** Changes that are remembered: far more than are made in the time for which frames are kept. */
const MAX_CHANGES = 64;
/** Rounding errors of positions lie far below, audible differences far above. */
const EPSILON = 1e-6;

/**
 * How a playback sounds from which frame on, and which place of the track each frame then is. The thread that plays and the
 * audio thread keep one each and apply the same changes in the same order, so they agree on the position without a word.
 */
export class SoundTimeline {
  #changes: SoundChange[];

  constructor(sound: SoundSettings) {
    this.#changes = [fromTheBeginning(sound)];
  }

  /** What is wanted in the end. */
  get newest(): SoundSettings {
    return this.#changes.at(-1)?.sound ?? this.at(0).sound;
  }

  /** From `fromFrame` on, `sound` holds: changes planned there or later are superseded. From 0 on means that it always held. */
  change(fromFrame: number, sound: SoundSettings): void {
    if (fromFrame <= 0) {
      this.#changes = [fromTheBeginning(sound)];
      return;
    }
    this.revoke(fromFrame);
    const speed = speedOf(sound);
    const place = this.placeOf(fromFrame);
    // At normal speed frames are the source's own again, so that its packets can be sent as they are.
    const offset = speed === 1 ? Math.round(place) - fromFrame : place - fromFrame * speed;
    this.#changes.push({ fromFrame, sound, speed, offset });
    if (this.#changes.length > MAX_CHANGES) this.#changes.shift();
  }

  /** Changes from `fromFrame` on never happened. */
  revoke(fromFrame: number): void {
    const isKept = (change: SoundChange, index: number) => index === 0 || change.fromFrame < fromFrame;
    this.#changes = this.#changes.filter(isKept);
  }

  at(frameIndex: number): SoundChange {
    for (let i = this.#changes.length - 1; i > 0; i--) {
      const change = this.#changes[i];
      if (change !== undefined && change.fromFrame <= frameIndex) return change;
    }
    const first = this.#changes[0];
    if (first === undefined) throw new Error('bug: a timeline of sound is never empty');
    return first;
  }

  includes(change: SoundChange): boolean {
    return this.#changes.includes(change);
  }

  /** Where in the track a frame of the sound begins, in frames from where the track was opened. */
  placeOf(frameIndex: number): number {
    const { speed, offset } = this.at(frameIndex);
    return frameIndex * speed + offset;
  }

  /** How many frames of sound a track of so many frames makes. */
  lengthOf(trackFrames: number): number {
    for (let i = 0; ; i++) {
      const change = this.#changes[i];
      if (change === undefined) throw new Error('bug: a timeline of sound is never empty');
      const end = Math.ceil((trackFrames - change.offset) / change.speed - EPSILON);
      const next = this.#changes[i + 1];
      if (next === undefined || end <= next.fromFrame) return Math.max(end, change.fromFrame, 0);
    }
  }
}

function fromTheBeginning(sound: SoundSettings): SoundChange {
  return { fromFrame: Number.NEGATIVE_INFINITY, sound, speed: speedOf(sound), offset: 0 };
}
