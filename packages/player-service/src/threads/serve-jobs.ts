import { type MessagePort, parentPort } from 'node:worker_threads';
import { PlayerError } from '@bandstand/protocol';
import type { FromJobThread, ToJobThread } from './job-messages.ts';
import type { PlainFailure } from './plain-failure.ts';

export interface JobProgram<Job, Result> {
  /** Does one job; any number run side by side. Aborted when nobody waits for it any more, and when the thread ends. */
  readonly work: (job: Job, signal: AbortSignal) => Promise<Result>;
  /** Gives back what the jobs used, when all of them are over. With nothing left to wait for, the thread then ends by itself. */
  readonly close: () => Promise<void>;
}

/** The other side of a `JobThread`: what its program calls once it is ready for jobs. */
export function serveJobs<Job, Result>(program: JobProgram<Job, Result>): void {
  if (parentPort === null) throw new Error('bug: jobs are served on a worker thread');
  const server = new JobServer(parentPort, program);
  parentPort.on('message', (message: ToJobThread<Job>) => server.receive(message));
  parentPort.postMessage({ type: 'started' } satisfies FromJobThread<Result>);
}

class JobServer<Job, Result> {
  readonly #port: MessagePort;
  readonly #program: JobProgram<Job, Result>;
  readonly #running = new Map<number, { readonly abort: AbortController; readonly done: Promise<void> }>();
  #isShuttingDown = false;

  constructor(port: MessagePort, program: JobProgram<Job, Result>) {
    this.#port = port;
    this.#program = program;
  }

  receive(message: ToJobThread<Job>): void {
    switch (message.type) {
      case 'job': {
        const abort = new AbortController();
        this.#running.set(message.id, { abort, done: this.#work(message.id, message.job, abort.signal) });
        break;
      }
      case 'cancel':
        this.#running.get(message.id)?.abort.abort(new PlayerError('PLAYER_BUSY', 'nobody waits for it'));
        break;
      case 'shutdown':
        if (!this.#isShuttingDown) void this.#shutDown();
        this.#isShuttingDown = true;
    }
  }

  async #work(id: number, job: Job, signal: AbortSignal): Promise<void> {
    try {
      this.#post({ type: 'done', id, result: await this.#program.work(job, signal) });
    } catch (error) {
      this.#post({ type: 'failed', id, failure: plainFailure(error) });
    } finally {
      this.#running.delete(id);
    }
  }

  async #shutDown(): Promise<void> {
    const reason = new PlayerError('PLAYER_SHUTTING_DOWN', 'the thread ends');
    await Promise.all(
      [...this.#running.values()].map(({ abort, done }) => {
        abort.abort(reason);
        return done;
      }),
    );
    await this.#program.close();
    this.#port.close();
  }

  #post(message: FromJobThread<Result>): void {
    this.#port.postMessage(message);
  }
}

/** A bug met in one job fails that job, not the thread. */
function plainFailure(error: unknown): PlainFailure {
  if (error instanceof PlayerError) {
    const { code, message, details } = error;
    return { code, message, details };
  }
  const stack = error instanceof Error ? error.stack : undefined;
  return { code: 'INTERNAL', message: 'bug: unexpected error', details: {}, stack: stack ?? String(error) };
}
