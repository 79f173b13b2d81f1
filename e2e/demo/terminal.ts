import { stdin, stdout } from 'node:process';
import { createInterface, type Interface } from 'node:readline';

const CLEAR_LINE = '\r\u001b[2K';
/** Without a terminal a status that changes is written this often. */
const PLAIN_STATUS_EVERY_MS = 5_000;

/** Prints what happens above one line that changes in place, and reads commands below it. */
export class Terminal implements Disposable {
  readonly #lines: Interface;
  readonly #isTerminal = stdout.isTTY === true;
  #status = '';
  #plainAtMs = Number.NEGATIVE_INFINITY;

  constructor() {
    this.#lines = createInterface({ input: stdin, output: stdout, prompt: '', terminal: this.#isTerminal });
  }

  /** Each line that is typed, until the input ends. */
  get typed(): AsyncIterable<string> {
    return this.#lines;
  }

  say(text: string): void {
    if (!this.#isTerminal) {
      stdout.write(`${text}\n`);
      return;
    }
    stdout.write(`${CLEAR_LINE}${text}\n${this.#status}`);
  }

  /** What stands in the last line; empty for nothing. */
  status(text: string): void {
    if (text === this.#status) return;
    this.#status = text;
    if (this.#isTerminal) {
      if (this.#lines.line === '') stdout.write(`${CLEAR_LINE}${text}`);
      return;
    }
    const nowMs = performance.now();
    if (text === '' || nowMs - this.#plainAtMs < PLAIN_STATUS_EVERY_MS) return;
    this.#plainAtMs = nowMs;
    stdout.write(`${text}\n`);
  }

  [Symbol.dispose](): void {
    this.#lines.close();
  }
}
