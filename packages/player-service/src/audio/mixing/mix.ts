/** A gain to move to, from wherever it is. */
export interface Level {
  readonly to: number;
  /** 1 or more. */
  readonly frames: number;
}

/**
 * What is heard of a playback, and of another one mixed into it, from one of its frames on. Plain data. Nothing in it can
 * make a step: each gain moves from where it is, what is new comes in from silence, and what is left out goes in one frame.
 *
 * @typeParam Other - How the other one is named: its id between threads, its signal on the audio thread.
 */
export interface Mix<Other> {
  readonly own: Level;
  readonly other?:
    | {
        readonly signal: Other;
        /** Its frame that is heard together with the first one of this mix; the following go side by side. */
        readonly frame: number;
        readonly level: Level;
      }
    | undefined;
}
