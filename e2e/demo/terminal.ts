import { stdin, stdout } from 'node:process';
import { createInterface, type Interface } from 'node:readline';

/** Without a terminal a status that changes is written this often. */
const PLAIN_STATUS_EVERY_MS = 5_000;
const CLEAR_LINE = '\r\u001b[2K';

/** Prints what happens above one line that changes in place and takes commands. */
export class Terminal implements Disposable {
  readonly #lines: Interface;
  readonly #isTerminal = stdout.isTTY === true;
  #status = '';
  #plainAtMs = Number.NEGATIVE_INFINITY;

  constructor() {
    this.#lines = createInterface({ input: stdin, output: stdout, prompt: '', terminal: this.#isTerminal });
  }

  /** Each line that is typed, until the input ends or somebody presses Ctrl-C. */
  get typed(): AsyncIterable<string> {
    return this.#lines;
  }

  say(text: string): void {
    stdout.write(this.#isTerminal ? `${CLEAR_LINE}${text}\n` : `${text}\n`);
    this.#prompt();
  }

  /** What stands before the place to type; empty for nothing. */
  status(text: string): void {
    if (text === this.#status) return;
    this.#status = text;
    this.#lines.setPrompt(text === '' ? '' : `${text} › `);
    if (this.#isTerminal) {
      this.#prompt();
      return;
    }
    const nowMs = performance.now();
    if (text === '' || nowMs - this.#plainAtMs < PLAIN_STATUS_EVERY_MS) return;
    this.#plainAtMs = nowMs;
    stdout.write(`${text}\n`);
  }

  [Symbol.dispose](): void {
    this.#status = '';
    this.#lines.close();
  }

  /** Writes the line anew, with what was typed so far. */
  #prompt(): void {
    if (this.#isTerminal && this.#status !== '') this.#lines.prompt(true);
  }
}
