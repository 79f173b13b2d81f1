import { CHANNELS } from '../frame.ts';
import type { GainTimeline } from './gain-timeline.ts';
import type { Stage } from './stage.ts';

/** Applies the gain of each frame. A change ramps across the first frame it holds for: a step would click. */
export class VolumeStage implements Stage {
  readonly #gains: GainTimeline;

  constructor(gains: GainTimeline) {
    this.#gains = gains;
  }

  isNeutralAt(frameIndex: number): boolean {
    return this.#gains.at(frameIndex) === 1 && this.#gains.at(frameIndex - 1) === 1;
  }

  process(samples: Float32Array, frameIndex: number): void {
    const to = this.#gains.at(frameIndex);
    const from = this.#gains.at(frameIndex - 1);
    const step = ((to - from) * CHANNELS) / samples.length;
    let gain = from;
    for (let i = 0; i < samples.length; i += CHANNELS) {
      gain += step;
      for (let channel = i; channel < i + CHANNELS; channel++) {
        samples[channel] = (samples[channel] ?? 0) * gain;
      }
    }
  }

  reset(): void {}
}
