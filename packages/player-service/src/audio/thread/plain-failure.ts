import { PlayerError } from '@bandstand/protocol';
import type { PlainFailure } from '../../threads/plain-failure.ts';

/** A bug met on one track fails that track, not the thread with all the others. */
export function asFailure(error: unknown): PlayerError {
  if (error instanceof PlayerError) return error;
  return new PlayerError('DECODER_FAILED', 'bug: unexpected error on an audio thread', { cause: error });
}

/** As it crosses threads, with its stack if it is a bug. */
export function plainFailure({ code, message, details, cause }: PlayerError): PlainFailure {
  const isBug = code === 'DECODER_FAILED' && cause instanceof Error;
  return { code, message, details, stack: isBug ? cause.stack : undefined };
}

export function reviveFailure({ code, message, details, stack }: PlainFailure): PlayerError {
  const failure = new PlayerError(code, message, { details });
  if (stack !== undefined) failure.stack = stack;
  return failure;
}
