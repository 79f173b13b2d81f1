/** A set-up that cannot go on. The message is one sentence for the person at the terminal that says what to do. */
export class SetupError extends Error {
  /**
   * @param {string} message
   * @param {{ cause?: unknown, details?: string }} [options] `details`: the end of the failed program's output.
   */
  constructor(message, options = {}) {
    super(message, { cause: options.cause });
    this.name = 'SetupError';
    this.details = options.details ?? '';
  }
}
