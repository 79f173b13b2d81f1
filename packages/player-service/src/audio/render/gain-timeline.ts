interface GainChange {
  readonly fromFrame: number;
  readonly gain: number;
}

/** Which gain holds from which frame on. */
export class GainTimeline {
  #changes: GainChange[];

  constructor(initialGain: number) {
    this.#changes = [{ fromFrame: Number.NEGATIVE_INFINITY, gain: initialGain }];
  }

  /** From `fromFrame` on, `gain` holds: changes planned there or later are superseded. From 0 on means that it always held. */
  change(fromFrame: number, gain: number): void {
    this.#changes = fromFrame > 0 ? this.#changes.filter((change) => change.fromFrame < fromFrame) : [];
    this.#changes.push({ fromFrame: fromFrame > 0 ? fromFrame : Number.NEGATIVE_INFINITY, gain });
  }

  /** Changes from `fromFrame` on never happened. */
  revoke(fromFrame: number): void {
    this.#changes = this.#changes.filter((change) => change.fromFrame < fromFrame);
  }

  at(frameIndex: number): number {
    for (let i = this.#changes.length - 1; i > 0; i--) {
      const change = this.#changes[i];
      if (change !== undefined && change.fromFrame <= frameIndex) return change.gain;
    }
    return this.#changes[0]?.gain ?? 1;
  }

  /** Frames before `frameIndex` will not be asked for again. */
  forget(frameIndex: number): void {
    let second = this.#changes[1];
    while (second !== undefined && second.fromFrame <= frameIndex) {
      this.#changes.shift();
      second = this.#changes[1];
    }
  }
}
