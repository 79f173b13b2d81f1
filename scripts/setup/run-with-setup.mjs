import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { everything, prepareMachine, projectRoot } from './setup.mjs';
import { SetupError } from './setup-error.mjs';

/**
 * Prepares the machine, then hands over to a TypeScript program of this project under the right Node, with this
 * terminal, these arguments, these signals and its exit code.
 *
 * @param {string} program path below the project's folder
 * @param {{ steps?: readonly import('./step.mjs').Step[] }} [options]
 */
export async function runWithSetup(program, { steps = everything } = {}) {
  try {
    const { node, env } = await prepareMachine({ steps });
    handOver(node, [join(projectRoot, program), ...process.argv.slice(2)], env);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    const details = error.details.trim().split('\n').slice(-30).join('\n');
    process.stderr.write(`${details === '' ? '' : `\n${details}\n`}\n${error.message}\n`);
    process.exitCode = 1;
  }
}

/**
 * @param {string} node
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
function handOver(node, args, env) {
  const child = spawn(node, args, { env, cwd: projectRoot, stdio: 'inherit' });
  // A terminal's Ctrl-C reaches the child directly and again from here; the programs take the second for the first.
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => child.kill(signal));
  }
  child.once('exit', (code, signal) => {
    if (signal !== null) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
      return;
    }
    process.exitCode = code ?? 1;
  });
}
