/**
 * What a person sees of the set-up: one finished line per step, and where a step takes long, the line of what it is
 * doing, replaced on a terminal and printed once elsewhere.
 */
export class Progress {
  #out;
  #isTerminal;

  /** @param {{ write(text: string): unknown, isTTY?: boolean }} out */
  constructor(out) {
    this.#out = out;
    this.#isTerminal = out.isTTY === true;
  }

  /**
   * @param {string} title
   * @param {string} doing
   */
  working(title, doing) {
    const line = `  … ${title.padEnd(16)}${doing}`;
    this.#out.write(this.#isTerminal ? `\r\u001b[2K${line}` : `${line}\n`);
  }

  /**
   * @param {string} title
   * @param {string} what
   * @param {number} elapsedMs
   */
  done(title, what, elapsedMs) {
    const seconds = `${(elapsedMs / 1000).toFixed(1)} s`;
    this.#out.write(`${this.#isTerminal ? '\r\u001b[2K' : ''}  ✔ ${title.padEnd(16)}${what}  (${seconds})\n`);
  }

  /** @param {string} text */
  note(text) {
    this.#out.write(`${this.#isTerminal ? '\r\u001b[2K' : ''}  ! ${text}\n`);
  }
}
