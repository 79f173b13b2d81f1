/** libopus complexities worth the name, from best to cheapest: 10 costs about 1.6 times as much as 5, and that twice as much as 0. */
const LADDER = [10, 8, 5, 3, 0] as const;
/** Busier than this, the thread would soon fall behind: frames are made about a second ahead, so there is time to act. */
const BUSY = 0.8;
/** With so much room the next better complexity fits as well … */
const QUIET = 0.4;
/** … provided that it lasts. */
const QUIET_LOOKS = 10;

export interface EncoderEffortOptions {
  /** The complexity while there is room: 0 to 10. */
  readonly complexity: number;
  /** The share of time that the thread was busy since the last call, 0 to 1. */
  readonly takeUtilization: () => number;
}

/**
 * How hard the encoders of one thread try: less as soon as the thread has too much to do, more again once it had room for a while.
 * A little quality of all streams is given before a frame of any is late.
 */
export class EncoderEffort {
  readonly #options: EncoderEffortOptions;
  readonly #steps: readonly number[];
  #step = 0;
  #quietLooks = 0;
  #utilization = 0;

  constructor(options: EncoderEffortOptions) {
    this.#options = options;
    const { complexity } = options;
    this.#steps = [complexity, ...LADDER.filter((cheaper) => cheaper < complexity)];
  }

  get complexity(): number {
    return this.#steps[this.#step] ?? 0;
  }

  /** As of the last look. */
  get utilization(): number {
    return this.#utilization;
  }

  /** To be called about once a second. @returns Whether the complexity changed. */
  look(): boolean {
    this.#utilization = this.#options.takeUtilization();
    this.#quietLooks = this.#utilization < QUIET ? this.#quietLooks + 1 : 0;
    if (this.#utilization > BUSY) return this.#go(this.#step + 1);
    if (this.#quietLooks < QUIET_LOOKS) return false;
    this.#quietLooks = 0;
    return this.#go(this.#step - 1);
  }

  #go(step: number): boolean {
    if (this.#steps[step] === undefined) return false;
    this.#step = step;
    return true;
  }
}
