import type { ErrorCode, ErrorDetails } from '@bandstand/protocol';

/** A `PlayerError` as plain data, to cross threads. */
export interface PlainFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: ErrorDetails;
  /** Present when the failure is a bug. */
  readonly stack?: string | undefined;
}
