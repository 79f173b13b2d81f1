import type { ProcessEndCause } from '../../../subprocess/process-end.ts';
import type { StartedProcess } from '../../../subprocess/started-process.ts';
import type { Meeting } from './meeting-point.ts';
import { endOf, type ZygoteMessage } from './messages.ts';

export interface ForkWaits {
  /** From the request to the streams. A fork takes milliseconds; a parent that needs longer stands still. */
  readonly forkMs: number;
  /** Between the end of a fork and its streams, if they are still to come. */
  readonly arrivalMs: number;
  /** The first of them passed. */
  readonly onLate: () => void;
}

/** One request, as far as its parent told of it. */
export class Fork {
  readonly #started = Promise.withResolvers<number>();
  readonly #exited = Promise.withResolvers<ProcessEndCause>();

  constructor() {
    this.#started.promise.catch(() => {}); // `meet` looks at it, unless it has given up
  }

  /** @returns Whether nothing more is to come. */
  hear(message: Exclude<ZygoteMessage, { type: 'ready' }>): boolean {
    switch (message.type) {
      case 'started':
        this.#started.resolve(message.pid);
        return false;
      case 'refused':
        this.#started.reject(new Error(`the parent cannot fork: ${message.reason}`));
        return true;
      case 'ended':
        this.#exited.resolve(endOf(message));
        return true;
    }
  }

  /** The kernel ends forks with their parent. */
  orphan(): void {
    this.#started.reject(new Error('the parent is gone'));
    this.#exited.resolve({ cause: 'signalled', signal: 'SIGKILL' });
  }

  /**
   * Waits until the fork runs and its streams are there.
   *
   * @throws when that is not to be.
   */
  async meet(meeting: Meeting, { forkMs, arrivalMs, onLate }: ForkWaits): Promise<StartedProcess> {
    const failure = Promise.withResolvers<never>();
    const late = setTimeout(() => {
      failure.reject(new Error('the parent does not fork'));
      onLate();
    }, forkMs);
    let gone: NodeJS.Timeout | undefined;
    let isSettled = false;
    void this.#exited.promise.then(() => {
      if (isSettled) return;
      gone = setTimeout(() => failure.reject(new Error('the fork ended before it began')), arrivalMs);
    });
    try {
      const met = Promise.all([this.#started.promise, meeting.streams]);
      const [pid, [stdout, stderr]] = await Promise.race([met, failure.promise]);
      return { pid, stdout, stderr, exited: this.#exited.promise };
    } catch (error) {
      meeting.abandon();
      throw error;
    } finally {
      isSettled = true;
      clearTimeout(late);
      clearTimeout(gone);
    }
  }
}
