export type LogLine = Readonly<Record<string, unknown>>;

/** What a service wrote, line by line; a line that is no JSON is kept as `msg`. */
export class LogLines {
  readonly #texts: string[] = [];
  readonly #lines: LogLine[] = [];
  readonly #waiting = new Set<() => void>();

  get count(): number {
    return this.#lines.length;
  }

  /** All of it, as it was written. */
  get text(): string {
    return this.#texts.join('\n');
  }

  get all(): readonly LogLine[] {
    return this.#lines;
  }

  tail(count: number): string {
    return this.#texts.slice(-count).join('\n');
  }

  add(text: string): void {
    this.#texts.push(text);
    this.#lines.push(parse(text));
    for (const look of [...this.#waiting]) look();
  }

  /** The first matching line from the given one on. */
  waitFor(
    matches: (line: LogLine) => boolean,
    options: { readonly since?: number; readonly deadlineMs?: number } = {},
  ): Promise<LogLine> {
    const { since = 0, deadlineMs = 10_000 } = options;
    const { promise, resolve, reject } = Promise.withResolvers<LogLine>();
    const look = () => {
      const line = this.#lines.slice(since).find(matches);
      if (line !== undefined) resolve(line);
    };
    const timer = setTimeout(
      () => reject(new Error(`no such line within ${deadlineMs} ms; the last ones:\n${this.tail(20)}`)),
      deadlineMs,
    );
    this.#waiting.add(look);
    look();
    return promise.finally(() => {
      clearTimeout(timer);
      this.#waiting.delete(look);
    });
  }
}

function parse(text: string): LogLine {
  try {
    const line: unknown = JSON.parse(text);
    if (typeof line === 'object' && line !== null) return line as LogLine;
  } catch {
    // a stack trace, a warning of Node
  }
  return { msg: text };
}
