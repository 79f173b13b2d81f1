/** The samples of a playback, any frame of it, made when asked for; frames asked for in order are cheap. */
export interface Signal {
  /** Whether all is there that the frame is made of. Beyond the end it always is: silence. */
  canProcess(frameIndex: number): boolean;
  process(frameIndex: number, into: Float32Array): void;
  /** What was made of this frame and of those after it is void. */
  invalidate(frameIndex: number): void;
}

/** Whatever may be mixed into a playback. */
export interface Mixable {
  /** Its signal once more, to be read at a place of the reader's own. */
  tap(): Signal;
}
