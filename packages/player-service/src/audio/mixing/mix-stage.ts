import { INTERLEAVED_SAMPLES } from '../frame.ts';
import type { Mixer } from '../render/stage.ts';
import type { MixTimeline, PlannedMix } from './mix-timeline.ts';
import { applyRamp, isSteady } from './ramp.ts';
import type { Mixable, Signal } from './signal.ts';

type Planned = PlannedMix<Mixable>;

/** Mixes other playbacks into this one, as the timeline says. */
export class MixStage implements Mixer {
  readonly #mixes: MixTimeline<Mixable>;
  readonly #taps = new WeakMap<Mixable, Signal>();
  readonly #other = new Float32Array(INTERLEAVED_SAMPLES);

  constructor(mixes: MixTimeline<Mixable>) {
    this.#mixes = mixes;
  }

  isNeutralAt(frameIndex: number): boolean {
    const mix = this.#mixes.at(frameIndex);
    if (mix === undefined) return true;
    const elapsed = frameIndex - mix.fromFrame;
    if (mix.own.to !== 1 || !isSteady(mix.own, elapsed)) return false;
    return !isOtherHeard(mix, elapsed) && !isLeavingHeard(mix, elapsed);
  }

  /** Whether the frames are there that go into this one. What leaves is not waited for. */
  canProcess(frameIndex: number): boolean {
    const mix = this.#mixes.at(frameIndex);
    if (mix?.other === undefined) return true;
    const elapsed = frameIndex - mix.fromFrame;
    return !isOtherHeard(mix, elapsed) || this.#tap(mix.other.signal).canProcess(mix.other.frame + elapsed);
  }

  process(samples: Float32Array, frameIndex: number): void {
    const mix = this.#mixes.at(frameIndex);
    if (mix === undefined) return;
    const elapsed = frameIndex - mix.fromFrame;
    applyRamp(samples, mix.own, elapsed);
    if (isOtherHeard(mix, elapsed)) this.#add(samples, mix.other, elapsed);
    if (isLeavingHeard(mix, elapsed)) this.#add(samples, mix.leaving, elapsed);
  }

  reset(): void {}

  /** What was processed of this frame and of those after it is void, down to what is mixed in. */
  invalidate(frameIndex: number): void {
    const mix = this.#mixes.at(frameIndex);
    if (mix?.other === undefined) return;
    this.#tap(mix.other.signal).invalidate(mix.other.frame + frameIndex - mix.fromFrame);
  }

  #tap(mixable: Mixable): Signal {
    const known = this.#taps.get(mixable);
    if (known !== undefined) return known;
    const tap = mixable.tap();
    this.#taps.set(mixable, tap);
    return tap;
  }

  #add(samples: Float32Array, from: Planned['other'], elapsed: number): void {
    if (from === undefined) return;
    this.#tap(from.signal).process(from.frame + elapsed, this.#other);
    applyRamp(this.#other, from.ramp, elapsed);
    for (let i = 0; i < samples.length; i++) samples[i] = (samples[i] ?? 0) + (this.#other[i] ?? 0);
  }
}

function isOtherHeard({ other }: Planned, elapsed: number): boolean {
  return other !== undefined && !(other.ramp.to === 0 && isSteady(other.ramp, elapsed));
}

function isLeavingHeard({ leaving }: Planned, elapsed: number): boolean {
  return leaving !== undefined && elapsed === 0;
}
