import { ERROR_CODES, type ErrorCode } from '@bandstand/protocol';

/** What is done by itself about a failed extraction, before anyone hears of it. */
export type NextStep =
  /** Ask the site again under the name of another of its apps, where it has one. */
  | 'other-client'
  /** The same once more. */
  | 'again'
  /** Nothing that helps here. */
  | 'give-up';

/** What may be over in a moment. More patience than once is the player's, who can tell people about it. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['SOURCE_NETWORK', 'EXTRACTOR_KILLED']);

/** The source's part of the table of failures. Private, removed, blocked and the like: asking once more changes nothing. */
export function nextStep(code: ErrorCode): NextStep {
  if (ERROR_CODES[code].nextStep === 'other-way') return 'other-client';
  return PASSING.has(code) ? 'again' : 'give-up';
}
