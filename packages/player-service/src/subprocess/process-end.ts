/**
 * How a child process ended, by cause. Callers decide on `cause`, never on the text of `stderr`
 * (the one exception is a program that tells its causes only there; see the yt-dlp source).
 */
export type ProcessEnd = {
  /** The last 64 kB of the child's standard error, invalid UTF-8 replaced. Hostile text: never shown to people unescaped. */
  readonly stderr: string;
} & ProcessEndCause;

export type ProcessEndCause =
  | { readonly cause: 'exited'; readonly exitCode: number }
  /** Ended from outside: a crash, the kernel's memory killer, an operator. */
  | { readonly cause: 'signalled'; readonly signal: NodeJS.Signals }
  | { readonly cause: 'timedOut'; readonly deadlineMs: number }
  /** By the caller's signal or `stop()`, or because the door closed. */
  | { readonly cause: 'aborted' }
  | { readonly cause: 'outputLimit'; readonly limitBytes: number }
  /** Absent, not executable, or the system had no process or file descriptor left. */
  | { readonly cause: 'notStarted'; readonly error: Error };

/** One line for a log: the cause with its number, without output. */
export function describeProcessEnd(end: ProcessEndCause): string {
  switch (end.cause) {
    case 'exited':
      return `exited with code ${end.exitCode}`;
    case 'signalled':
      return `ended by ${end.signal}`;
    case 'timedOut':
      return `ended at its deadline of ${end.deadlineMs} ms`;
    case 'aborted':
      return 'ended on request';
    case 'outputLimit':
      return `ended for writing more than ${end.limitBytes} bytes`;
    case 'notStarted':
      return `could not be started: ${end.error.message}`;
  }
}
