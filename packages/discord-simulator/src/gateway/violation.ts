import { CLOSE_REASONS } from './close-code.ts';

/** A client broke the protocol: its connection is closed with this code. */
export class Violation extends Error {
  readonly code: number;

  constructor(code: number, what: string) {
    super(`${CLOSE_REASONS[code] ?? 'closed'} (${code}): ${what}`);
    this.name = 'Violation';
    this.code = code;
  }
}
