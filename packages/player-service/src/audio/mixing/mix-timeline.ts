import type { Level, Mix } from './mix.ts';
import { gainAt, type Ramp } from './ramp.ts';

interface MixedIn<Signal> {
  readonly signal: Signal;
  readonly frame: number;
  readonly ramp: Ramp;
}

/** A mix with every gain known. */
export interface PlannedMix<Signal> {
  readonly fromFrame: number;
  readonly own: Ramp;
  readonly other: MixedIn<Signal> | undefined;
  /** What was mixed in before and is not any more: it goes within the first frame. */
  readonly leaving: MixedIn<Signal> | undefined;
}

/** Which mix holds from which frame on. */
export class MixTimeline<Signal> {
  #mixes: PlannedMix<Signal>[] = [];

  /** Whether nothing was ever mixed, or all of that is forgotten. */
  get isEmpty(): boolean {
    return this.#mixes.length === 0;
  }

  /** From `fromFrame` on, `mix` holds: what was planned there or later is superseded. */
  change(fromFrame: number, mix: Mix<Signal>): void {
    this.revoke(fromFrame);
    const before = this.#mixes.at(-1);
    const elapsed = before === undefined ? 0 : fromFrame - before.fromFrame;
    const was = before?.other && { ...before.other, frame: before.other.frame + elapsed };
    const wasGain = was === undefined ? 0 : gainAt(was.ramp, elapsed);
    const isSame = was !== undefined && was.signal === mix.other?.signal && was.frame === mix.other.frame;
    this.#mixes.push({
      fromFrame,
      own: rampFrom(before === undefined ? 1 : gainAt(before.own, elapsed), mix.own),
      other: mix.other && { ...mix.other, ramp: rampFrom(isSame ? wasGain : 0, mix.other.level) },
      leaving:
        was === undefined || isSame || wasGain === 0
          ? undefined
          : { ...was, ramp: { from: wasGain, to: 0, frames: 1 } },
    });
  }

  /** Changes from `fromFrame` on never happened. */
  revoke(fromFrame: number): void {
    this.#mixes = this.#mixes.filter((mix) => mix.fromFrame < fromFrame);
  }

  at(frameIndex: number): PlannedMix<Signal> | undefined {
    return this.#mixes.findLast((mix) => mix.fromFrame <= frameIndex);
  }

  /** Frames before `frameIndex` will not be asked for again. */
  forget(frameIndex: number): void {
    let second = this.#mixes[1];
    while (second !== undefined && second.fromFrame <= frameIndex) {
      this.#mixes.shift();
      second = this.#mixes[1];
    }
  }
}

function rampFrom(from: number, { to, frames }: Level): Ramp {
  if (!(to >= 0 && frames >= 1)) throw new RangeError(`bug: a gain of ${to} within ${frames} frames`);
  return { from, to, frames };
}
