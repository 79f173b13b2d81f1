import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** One of `programs/`, as a real process that cannot outlive the test. */
export function startProgram(
  name: string,
  args: readonly string[],
): { child: ChildProcess } & AsyncDisposable {
  const child = fork(fileURLToPath(new URL(`programs/${name}.ts`, import.meta.url)), args, {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  return {
    child,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

export interface PlayerAddresses {
  readonly commands: string;
  readonly events: string;
  readonly epoch: string;
}

/** A player that a supervisor starts again whenever it dies. */
export class SupervisedPlayer implements AsyncDisposable {
  readonly #args: readonly string[];
  #program: ReturnType<typeof startProgram>;
  #isEnding = false;
  starts = 0;

  private constructor(args: readonly string[]) {
    this.#args = args;
    this.#program = this.#start();
  }

  static async start(...args: string[]): Promise<{ player: SupervisedPlayer; addresses: PlayerAddresses }> {
    const player = new SupervisedPlayer(args);
    const [addresses] = (await once(player.process, 'message')) as [PlayerAddresses];
    return { player, addresses };
  }

  get process(): ChildProcess {
    return this.#program.child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnding = true;
    await this.#program[Symbol.asyncDispose]();
  }

  #start(): ReturnType<typeof startProgram> {
    this.starts++;
    const program = startProgram('player', this.#args);
    program.child.once('exit', () => {
      if (!this.#isEnding) this.#program = this.#start();
    });
    return program;
  }
}
