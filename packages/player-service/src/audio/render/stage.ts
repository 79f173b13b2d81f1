/**
 * One effect in the chain between decoding and encoding. Works in place on one frame of interleaved stereo samples,
 * full scale being ±1; going beyond is allowed until the chain ends, where peaks are limited.
 */
export interface Stage {
  /** Whether it leaves this frame as it is. A frame that all stages leave alone is sent without being decoded. */
  isNeutralAt(frameIndex: number): boolean;
  /** @param frameIndex - Counted from the first frame of the playback; consecutive unless `reset` came between. */
  process(samples: Float32Array, frameIndex: number): void;
  /** Forgets what it remembers of frames before: the chain goes on elsewhere in the track. */
  reset(): void;
  /** Frames it must be given after a `reset` before it sounds as if it had worked all along; absent for one without memory. */
  readonly historyFrames?: number | undefined;
}

/** A stage behind all others that adds what is not of the track. */
export interface Mixer extends Stage {
  /** Whether all is there that it adds to this frame. */
  canProcess(frameIndex: number): boolean;
  /** What it made of this frame and of those after it is void. */
  invalidate(frameIndex: number): void;
}
