import { aptInstall, canUseApt } from './apt.mjs';
import { findOnPath } from './find-on-path.mjs';
import { SetupError } from './setup-error.mjs';

/** @type {readonly { names: string[], need: string }[]} */
const TOOLS = [
  { names: ['c++', 'g++', 'clang++'], need: 'a C++ compiler (g++)' },
  { names: ['make', 'gmake'], need: 'make' },
  { names: ['python3', 'python'], need: 'python3' },
];

/**
 * What is missing to compile @discordjs/opus, for which there is no ready-made binary on every platform.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {string[]}
 */
export function missingBuildTools(env) {
  return TOOLS.filter((tool) => tool.names.every((name) => findOnPath(name, env).length === 0)).map(
    (tool) => tool.need,
  );
}

/**
 * Installs a missing compiler where that is allowed.
 *
 * @param {import('./step.mjs').SetupContext} context
 * @returns {Promise<boolean>} false when nothing was missing, so that the failure has another cause
 * @throws {SetupError} naming what is missing and cannot be installed from here
 */
export async function provideBuildTools({ env, working }) {
  const missing = missingBuildTools(env);
  if (missing.length === 0) return false;
  let details = '';
  if (canUseApt(env)) {
    working(`installing ${missing.join(', ')} with apt-get`);
    const result = await aptInstall(['g++', 'make', 'python3'], env);
    details = result.output;
    if (missingBuildTools(env).length === 0) return true;
  }
  throw new SetupError(
    `@discordjs/opus has to be compiled on this machine and ${missing.join(', ')} is missing: install it (Debian/Ubuntu: \`sudo apt-get install g++ make python3\`, macOS: \`xcode-select --install\`) and try again.`,
    { details },
  );
}
