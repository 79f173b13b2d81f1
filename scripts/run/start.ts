import { type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { prettyLine } from './pretty-line.ts';
import { hasBotToken, playerEnvironment, readEnvironment } from './service-environment.ts';
import type { SupervisedServiceOptions } from './supervised-service.ts';
import { Supervisor } from './supervisor.ts';

const SERVICES = ['player', 'bot'] as const;
type ServiceName = (typeof SERVICES)[number];

const ENTRIES: Readonly<Record<ServiceName, string>> = {
  player: 'packages/player-service/src/main.ts',
  bot: 'packages/bot-client/src/main.ts',
};

const USAGE = `npm start                     with a bot token in .env: the music bot on Discord; without one: the demo
npm start -- --once           the demo, ended after its track
npm start -- --only player    only the player service, for a bot on another machine
npm start -- --only bot       only the bot, for a player on another machine`;

/** A second Ctrl-C this soon is the first one, which reaches this process twice. */
const SAME_INTERRUPT_MS = 1000;

const root = join(import.meta.dirname, '../..');
const args = process.argv.slice(2);
process.exitCode = await start(args);

async function start(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    console.log(USAGE);
    return 0;
  }
  const env = readEnvironment(join(root, '.env'), process.env);
  if (args[0] === '--only') {
    const only = SERVICES.find((name) => name === args[1]);
    if (only === undefined || args.length > 2) return fail(`--only takes player or bot.\n\n${USAGE}`);
    if (only === 'bot' && !hasBotToken(env)) return fail('Set BOT_TOKEN in .env to start the bot.');
    return supervise([only], env);
  }
  if (!hasBotToken(env)) return runDemo(args, env);
  if (args.length > 0) return fail(`There is no option ${args[0]} with a bot token set.\n\n${USAGE}`);
  return supervise(SERVICES, env);
}

function fail(message: string): number {
  console.error(message);
  return 64;
}

async function supervise(names: readonly ServiceName[], env: NodeJS.ProcessEnv): Promise<number> {
  const supervisor = new Supervisor(names.map((name) => serviceOptions(name, env)));
  let interruptedAtMs: number | undefined;
  const onSignal = () => {
    interruptedAtMs ??= performance.now();
    if (performance.now() - interruptedAtMs > SAME_INTERRUPT_MS) process.exit(130);
    void supervisor.stop();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  return supervisor.run();
}

function serviceOptions(name: ServiceName, env: NodeJS.ProcessEnv): SupervisedServiceOptions {
  return {
    name,
    entry: join(root, ENTRIES[name]),
    // In production the switches that only tests use are refused.
    env: { NODE_ENV: 'production', ...(name === 'player' ? playerEnvironment(env) : env) },
    onLine: (line) => console.log(prettyLine(name, line)),
    onNote: (text) => console.log(prettyLine(name, text)),
  };
}

/** The demo owns the terminal: it reads commands typed there. */
async function runDemo(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const options: SpawnOptions = { env, cwd: root, stdio: 'inherit' };
  const demo = spawn(process.execPath, [join(root, 'e2e/demo/main.ts'), ...args], options);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => demo.kill(signal));
  const [code] = await once(demo, 'exit');
  return code ?? 1;
}
