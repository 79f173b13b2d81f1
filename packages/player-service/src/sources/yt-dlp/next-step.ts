import type { ErrorCode } from '@bandstand/protocol';

/** What is done by itself about a failed extraction, before anyone hears of it. */
export type NextStep =
  /** Ask the site again under the name of another of its apps. */
  | 'other-client'
  /** The same once more. */
  | 'again'
  /** Nothing that helps. */
  | 'give-up';

const STEPS: Partial<Readonly<Record<ErrorCode, NextStep>>> = {
  EXTRACTOR_BROKEN: 'other-client',
  LOGIN_REQUIRED: 'other-client',
  AGE_RESTRICTED: 'other-client',
  JS_RUNTIME_MISSING: 'other-client',
  MEDIA_UNSUPPORTED: 'other-client',
  TRACK_UNAVAILABLE: 'other-client',
  SOURCE_NETWORK: 'again',
  EXTRACTOR_KILLED: 'again',
};

/** Private, removed, blocked, rate limited and the like: asking once more changes nothing, or makes it worse. */
export function nextStep(code: ErrorCode): NextStep {
  return STEPS[code] ?? 'give-up';
}
