import { randomBytes } from 'node:crypto';
import { PlayerError } from '@bandstand/protocol';
import type { Logger } from '@bandstand/service-kit';
import type { Messages } from '../locales/messages.ts';

/** Why the bot ends work that it had begun: it is stopping, the work goes on in the player. */
export class Stopping extends Error {
  override readonly name = 'Stopping';

  constructor() {
    super('the bot is stopping');
  }
}

/** Who is told. */
export interface Reader {
  readonly messages: Messages;
  /** The bot's owner is also told the code, to look it up. */
  readonly isOwner: boolean;
}

/**
 * Puts a failure into words for people, decided by its code; the log gets the rest. What was not foreseen becomes a
 * number that people can pass on and the operator finds in the log.
 */
export function sentenceFor(error: unknown, { messages, isOwner }: Reader, log: Logger): string {
  if (error instanceof Stopping) return messages.play.restarting;
  if (error instanceof PlayerError) {
    const level = error.code === 'INTERNAL' || error.code === 'BAD_REQUEST' ? 'warn' : 'info';
    log[level]({ code: error.code, details: error.details, reason: error.message }, 'command refused');
    const sentence = messages.errors[error.code] ?? messages.errors.INTERNAL;
    return isOwner ? `${sentence} (${error.code})` : sentence;
  }
  const incident = randomBytes(4).toString('hex');
  log.error({ err: error, incident }, 'command failed unexpectedly');
  return messages.unknownError(incident);
}
