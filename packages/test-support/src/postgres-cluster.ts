import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, getuid } from 'node:process';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

/** How `postgres` is told to end: wait for its clients, send them away, or drop everything as in a crash. */
const STOP_SIGNALS = { smart: 'SIGTERM', fast: 'SIGINT', immediate: 'SIGQUIT' } as const;

const SUPERUSER = 'bandstand';
const READY_DEADLINE_MS = 30_000;
const DEBIAN_FOLDER = '/usr/lib/postgresql';

interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** The folder of `initdb` and `postgres`; `undefined` = not installed, and what needs a real server must be skipped. */
export function postgresFolder(): string | undefined {
  const debian = existsSync(DEBIAN_FOLDER)
    ? readdirSync(DEBIAN_FOLDER)
        .sort((a, b) => Number(b) - Number(a))
        .map((version) => join(DEBIAN_FOLDER, version, 'bin'))
    : [];
  const searched = [...debian, ...(env['PATH'] ?? '').split(':').filter(Boolean)];
  return searched.find(
    (folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')),
  );
}

/**
 * A real PostgreSQL server on loopback in a temporary folder, gone with all its data when disposed.
 *
 * PostgreSQL refuses to run as root; a root caller's server runs as the account `postgres`. It does not flush to disk:
 * ending the process loses nothing, only a power failure would.
 */
export class PostgresCluster implements AsyncDisposable {
  readonly port: number;
  readonly #folder: string;
  readonly #bin: string;
  readonly #account: Account | undefined;
  #server: ChildProcess | undefined;
  #databases = 0;

  /** @throws when PostgreSQL is not installed or does not start. */
  static async start(): Promise<PostgresCluster> {
    const bin = postgresFolder();
    if (bin === undefined) throw new Error('PostgreSQL is not installed');
    const folder = mkdtempSync(join(tmpdir(), 'bandstand-postgres-'));
    try {
      const account = getuid?.() === 0 ? accountOf('postgres') : undefined;
      if (account !== undefined) chownSync(folder, account.uid, account.gid);
      const cluster = new PostgresCluster(folder, bin, account, await freePort());
      await cluster.#initialise();
      await cluster.start();
      return cluster;
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  private constructor(folder: string, bin: string, account: Account | undefined, port: number) {
    this.#folder = folder;
    this.#bin = bin;
    this.#account = account;
    this.port = port;
  }

  get #dataFolder(): string {
    return join(this.#folder, 'data');
  }

  /** `postgres://` address of a database that may not exist. */
  url(database: string): string {
    return `postgres://${SUPERUSER}@127.0.0.1:${this.port}/${database}`;
  }

  /** @returns The address of a new, empty database. */
  async createDatabase(): Promise<string> {
    this.#databases += 1;
    const name = `test_${this.#databases}`;
    await this.#run('createdb', ['-h', '127.0.0.1', '-p', String(this.port), '-U', SUPERUSER, name]);
    return this.url(name);
  }

  /** Starts the server again after {@link stop}, with the same port and data. */
  async start(): Promise<void> {
    if (this.#server !== undefined) throw new Error('the server runs already');
    const server = spawn(
      join(this.#bin, 'postgres'),
      ['-D', this.#dataFolder, '-p', String(this.port), '-k', this.#folder, '-h', '127.0.0.1', '-F'],
      { ...this.#account, cwd: this.#folder, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    this.#server = server;
    const said: string[] = [];
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(
      () => reject(new Error(`not ready in time\n${said.join('\n')}`)),
      READY_DEADLINE_MS,
    );
    createInterface({ input: server.stderr }).on('line', (line) => {
      if (said.length < 200) said.push(line);
      if (line.includes('ready to accept connections')) resolve();
    });
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`postgres ended with ${code}\n${said.join('\n')}`)));
    try {
      await promise;
    } catch (error) {
      await this.stop('immediate');
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** `immediate` is a crash: every connection breaks and nothing is written any more. */
  async stop(mode: keyof typeof STOP_SIGNALS = 'fast'): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined || server.pid === undefined || server.exitCode !== null) return;
    const exited = once(server, 'exit');
    server.kill(STOP_SIGNALS[mode]);
    await exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('immediate');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #initialise(): Promise<void> {
    mkdirSync(this.#dataFolder, { mode: 0o700 });
    if (this.#account !== undefined) chownSync(this.#dataFolder, this.#account.uid, this.#account.gid);
    const locale = ['--encoding=UTF8', '--locale=C'];
    await this.#run('initdb', [
      '-D',
      this.#dataFolder,
      '-U',
      SUPERUSER,
      '--auth=trust',
      '--no-sync',
      ...locale,
    ]);
  }

  async #run(program: string, args: readonly string[]): Promise<void> {
    await promisify(execFile)(join(this.#bin, program), args, {
      ...this.#account,
      cwd: this.#folder,
      timeout: READY_DEADLINE_MS,
    });
  }
}

function accountOf(name: string): Account {
  const id = (flag: string) => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('bug: a TCP server has a port');
  return address.port;
}
