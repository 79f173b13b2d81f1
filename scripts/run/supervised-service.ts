import { type ServiceExit, type ServiceProcess, startService } from './service-process.ts';
import {
  type SupervisedServiceState,
  type SupervisedServiceStatus,
  supervisedServiceMoves,
} from './supervised-service-state.ts';

/** sysexits.h EX_CONFIG: the configuration is wrong, and starting again would change nothing. */
export const EXIT_BAD_CONFIGURATION = 78;

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** After this long alive, a crash counts as the first one again. */
const PROVEN_AFTER_MS = 60_000;

export interface SupervisedServiceOptions {
  readonly name: string;
  readonly entry: string;
  readonly env: NodeJS.ProcessEnv;
  readonly onLine: (line: string) => void;
  /** What the supervisor itself has to say about this service. */
  readonly onNote: (text: string) => void;
  /** Calls back once after the time; returns what cancels it. Injected by tests. */
  readonly after?: (ms: number, callback: () => void) => () => void;
  /** Monotonic milliseconds. Injected by tests. */
  readonly nowMs?: () => number;
}

/**
 * Keeps one service running: a crash is followed by a new start after 0.5 s, then 1 s, 2 s … 30 s.
 *
 * Exit code 78 ends it for good, because a wrong configuration stays wrong.
 */
export class SupervisedService {
  readonly #options: SupervisedServiceOptions;
  readonly #after: (ms: number, callback: () => void) => () => void;
  readonly #nowMs: () => number;
  readonly #ended = Promise.withResolvers<number>();
  #state: SupervisedServiceState = { status: 'idle' };
  #crashes = 0;

  constructor(options: SupervisedServiceOptions) {
    this.#options = options;
    this.#after = options.after ?? afterRealTime;
    this.#nowMs = options.nowMs ?? (() => performance.now());
  }

  get status(): SupervisedServiceStatus {
    return this.#state.status;
  }

  /** Settles with the exit code to report: 0 after {@link stop}, 78 for a wrong configuration. */
  get ended(): Promise<number> {
    return this.#ended.promise;
  }

  /** The running process's id, for messages and tests. */
  get pid(): number | undefined {
    return this.#state.status === 'running' ? this.#state.service.process.pid : undefined;
  }

  async start(): Promise<void> {
    const starting = { status: 'starting' } as const;
    this.#transition(starting);
    const { name, entry, env, onLine } = this.#options;
    let service: ServiceProcess;
    try {
      service = await startService({ name, entry, env, onLine });
    } catch (error) {
      if (this.#state !== starting) return this.#end(0);
      this.#options.onNote(`could not be started: ${error instanceof Error ? error.message : error}`);
      return this.#restartLater();
    }
    if (this.#state !== starting) {
      await service.stop();
      return this.#end(0);
    }
    const running = { status: 'running', service, sinceMs: this.#nowMs() } as const;
    this.#transition(running);
    void service.exited.then((exit) => {
      if (this.#state === running) this.#onExit(exit, this.#nowMs() - running.sinceMs);
    });
  }

  /** Ends the service within 5 s; whatever it was doing, it is not started again. */
  async stop(): Promise<void> {
    const state = this.#state;
    switch (state.status) {
      case 'idle':
      case 'waiting':
        return this.#end(0);
      case 'running': {
        this.#transition({ status: 'stopping' });
        const exit = await state.service.stop();
        if (exit.forced) this.#options.onNote('did not end in 5 s and was killed');
        return this.#end(exit.forced ? 1 : 0);
      }
      case 'starting':
        this.#transition({ status: 'stopping' });
        break;
      case 'stopping':
      case 'ended':
        break;
    }
    await this.#ended.promise;
  }

  #onExit(exit: ServiceExit, aliveMs: number): void {
    if (exit.code === EXIT_BAD_CONFIGURATION) {
      this.#end(EXIT_BAD_CONFIGURATION);
      return;
    }
    if (aliveMs >= PROVEN_AFTER_MS) this.#crashes = 0;
    this.#options.onNote(`ended by itself (${exit.signal ?? `exit code ${exit.code}`})`);
    this.#restartLater();
  }

  #restartLater(): void {
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** this.#crashes, LONGEST_PAUSE_MS);
    this.#crashes += 1;
    this.#options.onNote(`starts again in ${pauseMs / 1000} s`);
    const cancel = this.#after(pauseMs, () => void this.start());
    this.#transition({ status: 'waiting', cancel });
  }

  #end(exitCode: number): void {
    this.#transition({ status: 'ended', exitCode });
    this.#ended.resolve(exitCode);
  }

  #transition(next: SupervisedServiceState): void {
    const previous = this.#state;
    if (!supervisedServiceMoves[previous.status].includes(next.status)) {
      throw new Error(`bug: ${this.#options.name} cannot go from ${previous.status} to ${next.status}`);
    }
    this.#state = next;
    if (previous.status === 'waiting') previous.cancel();
  }
}

function afterRealTime(ms: number, callback: () => void): () => void {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
}
