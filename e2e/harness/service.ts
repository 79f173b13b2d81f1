import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, stderr } from 'node:process';
import { PLAYER_NODE_OPTIONS } from '../../scripts/run/player-node-options.ts';
import { type ServiceExit, type ServiceProcess, startService } from '../../scripts/run/service-process.ts';
import { LogLines } from './log-lines.ts';

const ROOT = join(import.meta.dirname, '../..');
const READY_DEADLINE_MS = 30_000;
/** A service is started a hundred times: without its types being stripped each time it starts in two thirds of the time. */
const COMPILE_CACHE = join(tmpdir(), 'bandstand-compile-cache');

export interface ServiceSpec {
  readonly name: 'player' | 'bot';
  readonly env: Readonly<Record<string, string>>;
}

const ENTRIES = {
  player: join(ROOT, 'packages/player-service/src/main.ts'),
  bot: join(ROOT, 'packages/bot-client/src/main.ts'),
} as const;

/** One of the two services as a process that can be ended, killed and started again, with everything it ever logged. */
export class Service implements AsyncDisposable {
  readonly logs = new LogLines();
  readonly #spec: ServiceSpec;
  #process: ServiceProcess | undefined;

  constructor(spec: ServiceSpec) {
    this.#spec = spec;
  }

  get pid(): number {
    const pid = this.#process?.process.pid;
    if (pid === undefined) throw new Error(`the ${this.#spec.name} does not run`);
    return pid;
  }

  /** Resolves once it says that it is ready. */
  async start(): Promise<void> {
    const { name } = this.#spec;
    const since = this.logs.count;
    const service = await startService({
      name,
      entry: ENTRIES[name],
      env: {
        PATH: env['PATH'] ?? '',
        HOME: env['HOME'] ?? '/',
        NODE_COMPILE_CACHE: COMPILE_CACHE,
        ...(name === 'player' && { NODE_OPTIONS: PLAYER_NODE_OPTIONS }),
        ...this.#spec.env,
      },
      onLine: (line) => {
        this.logs.add(line);
        if (env['E2E_LOG'] === '1') stderr.write(`${name} | ${line}\n`);
      },
    });
    this.#process = service;
    const ready = this.logs.waitFor((line) => line['msg'] === `${name} ready`, {
      since,
      deadlineMs: READY_DEADLINE_MS,
    });
    const ended = service.exited.then(({ code, signal }) => {
      throw new Error(`the ${name} ended with ${signal ?? code} before it was ready\n${this.logs.tail(20)}`);
    });
    await Promise.race([ready, ended]);
    ended.catch(() => undefined); // its end is news only until it is ready
  }

  /** SIGTERM, as an operator ends it. */
  async stop(): Promise<ServiceExit | undefined> {
    const service = this.#process;
    this.#process = undefined;
    return service?.stop();
  }

  /** Any signal, to the service alone. */
  signal(signal: NodeJS.Signals): void {
    if (this.#process?.kill(signal) !== true) throw new Error(`the ${this.#spec.name} does not run`);
  }

  /** SIGKILL: it gets no chance to say goodbye. */
  async kill(): Promise<void> {
    const service = this.#process;
    this.#process = undefined;
    service?.kill('SIGKILL');
    await service?.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
