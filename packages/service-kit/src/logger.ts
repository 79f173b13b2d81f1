import { destination as fileDescriptor, type Level, type Logger, pino } from 'pino';
import { scrubLine } from './scrub-line.ts';

export type { Logger } from 'pino';

export type LogLevel = Level | 'silent';

export interface LogDestination {
  write(line: string): unknown;
  flushSync?(): void;
}

export interface LoggerOptions {
  /** Which service writes. */
  readonly name: string;
  readonly level: LogLevel;
  /** Where lines go; standard output unless told. A destination given here is flushed and closed by its owner. */
  readonly destination?: LogDestination | undefined;
  /** This process's own secrets (bot token, CURVE keys): removed wherever they appear. Shorter than 8 characters = ignored. */
  readonly secrets?: readonly string[] | undefined;
}

const REDACTED = ['token', 'secret_key', 'secretKey', 'authorization', 'password'];

/**
 * A JSON logger whose every line passes {@link scrubLine} at the destination.
 * Lines to standard output are written in the background and flushed when the process exits.
 */
export function createLogger({ name, level, destination, secrets = [] }: LoggerOptions): Logger {
  const known = secrets.filter((secret) => secret.length >= 8);
  const target: LogDestination = destination ?? fileDescriptor({ dest: 1, sync: false, minLength: 0 });
  const scrubbing: LogDestination = {
    write: (line) => target.write(scrubLine(line, known)),
    // pino calls this after a fatal line, so that the last words of a dying process are read.
    flushSync: () => target.flushSync?.(),
  };
  return pino(
    {
      name,
      level,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: REDACTED.flatMap((field) => [field, `*.${field}`]), censor: '[hidden]' },
    },
    scrubbing,
  );
}
