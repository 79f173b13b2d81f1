import type { Readable } from 'node:stream';

export interface LineLimits {
  readonly maxLines: number;
  readonly maxLineBytes: number;
  readonly maxTotalBytes: number;
}

/** The program wrote more, or more lines, than anything it is asked for can be. */
export class TooMuchOutput extends Error {
  override readonly name = 'TooMuchOutput';
  readonly limitBytes: number;

  constructor(limitBytes: number) {
    super(`more than ${limitBytes} bytes of output`);
    this.limitBytes = limitBytes;
  }
}

/**
 * The lines of a program's output as they come, empty ones left out, in bounded memory. What follows the last line feed is a line, too
 * (without one, the program was cut off: `complete` is false). Invalid UTF-8 becomes U+FFFD.
 *
 * @throws {@link TooMuchOutput}
 */
export async function* readLines(
  stream: Readable,
  limits: LineLimits,
): AsyncGenerator<{ readonly text: string; readonly complete: boolean }> {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let totalBytes = 0;
  let lines = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    totalBytes += chunk.length;
    if (totalBytes > limits.maxTotalBytes) throw new TooMuchOutput(limits.maxTotalBytes);
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      pending.push(chunk.subarray(start, end));
      if (++lines > limits.maxLines) throw new TooMuchOutput(totalBytes);
      const text = Buffer.concat(pending).toString('utf8');
      if (text !== '') yield { text, complete: true };
      pending = [];
      pendingBytes = 0;
      start = end + 1;
    }
    pending.push(chunk.subarray(start));
    pendingBytes += chunk.length - start;
    if (pendingBytes > limits.maxLineBytes) throw new TooMuchOutput(limits.maxLineBytes);
  }
  if (pendingBytes > 0) yield { text: Buffer.concat(pending).toString('utf8'), complete: false };
}
