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
  readonly wish: Mix<Signal>;
}

/** Which mix holds from which frame on. */
export class MixTimeline<Signal> {
  #mixes: PlannedMix<Signal>[] = [];

  /** From `fromFrame` on, `mix` holds: what was planned there or later is superseded. */
  change(fromFrame: number, mix: Mix<Signal>): void {
    this.revoke(fromFrame);
    this.#mixes.push(this.#planned(fromFrame, mix));
  }

  /** What was to begin between the two frames begins at the later one; what is mixed in keeps its place in time. */
  postpone(fromFrame: number, toFrame: number): void {
    const moved = this.#mixes.findLast((mix) => mix.fromFrame >= fromFrame && mix.fromFrame < toFrame);
    if (moved === undefined) return;
    const later = this.#mixes.filter((mix) => mix.fromFrame >= toFrame);
    this.revoke(fromFrame);
    if (later[0]?.fromFrame !== toFrame) this.change(toFrame, shifted(moved.wish, toFrame - moved.fromFrame));
    for (const mix of later) this.change(mix.fromFrame, mix.wish);
  }

  /** Changes from `fromFrame` on never happened. */
  revoke(fromFrame: number): void {
    this.#mixes = this.#mixes.filter((mix) => mix.fromFrame < fromFrame);
  }

  /** @returns `undefined` while nothing was ever mixed in. */
  at(frameIndex: number): PlannedMix<Signal> | undefined {
    for (let i = this.#mixes.length - 1; i >= 0; i--) {
      const mix = this.#mixes[i];
      if (mix !== undefined && mix.fromFrame <= frameIndex) return mix;
    }
    return undefined;
  }

  /** Frames before `frameIndex` will not be asked for again. */
  forget(frameIndex: number): void {
    let second = this.#mixes[1];
    while (second !== undefined && second.fromFrame <= frameIndex) {
      this.#mixes.shift();
      second = this.#mixes[1];
    }
  }

  #planned(fromFrame: number, wish: Mix<Signal>): PlannedMix<Signal> {
    const before = this.#mixes.at(-1);
    const elapsed = before === undefined ? 0 : fromFrame - before.fromFrame;
    const was = before?.other && { ...before.other, frame: before.other.frame + elapsed };
    const wasGain = was === undefined ? 0 : gainAt(was.ramp, elapsed);
    const isSame = was !== undefined && was.signal === wish.other?.signal && was.frame === wish.other.frame;
    return {
      fromFrame,
      own: rampFrom(before === undefined ? 1 : gainAt(before.own, elapsed), wish.own),
      other: wish.other && { ...wish.other, ramp: rampFrom(isSame ? wasGain : 0, wish.other.level) },
      leaving:
        was === undefined || isSame || wasGain === 0
          ? undefined
          : { ...was, ramp: { from: wasGain, to: 0, frames: 1 } },
      wish,
    };
  }
}

function shifted<Signal>(mix: Mix<Signal>, frames: number): Mix<Signal> {
  return mix.other === undefined ? mix : { ...mix, other: { ...mix.other, frame: mix.other.frame + frames } };
}

function rampFrom(from: number, { to, frames }: Level): Ramp {
  if (!(to >= 0 && frames >= 1)) throw new RangeError(`bug: a gain of ${to} within ${frames} frames`);
  return { from, to, frames };
}
