/** Counts the sequence numbers that never came, for each SSRC; a late one fills its hole. */
export class SequenceHoles {
  readonly #newest = new Map<number, number>();
  #lost = 0;

  get lost(): number {
    return this.#lost;
  }

  /** @param sequence - 16 bit, wraps. */
  add(ssrc: number, sequence: number): void {
    const newest = this.#newest.get(ssrc);
    const step = newest === undefined ? 1 : (sequence - newest) & 0xffff;
    if (step === 0) return;
    if (step < 0x8000) {
      this.#lost += step - 1;
      this.#newest.set(ssrc, sequence);
    } else if (this.#lost > 0) {
      this.#lost--;
    }
  }
}
