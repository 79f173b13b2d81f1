import { existsSync } from 'node:fs';
import { findOnPath } from './find-on-path.mjs';
import { runCommand } from './run-command.mjs';

const DEADLINE_MS = 10 * 60_000;

/**
 * True when this process may install Debian packages by itself.
 *
 * @param {NodeJS.ProcessEnv} env
 */
export function canUseApt(env) {
  return (
    process.getuid?.() === 0 && existsSync('/etc/debian_version') && findOnPath('apt-get', env).length > 0
  );
}

/**
 * Installs Debian packages without a question asked. Package lists are fetched first: on a fresh machine there are
 * none, and old ones name files that are gone.
 *
 * @param {readonly string[]} packages
 * @param {NodeJS.ProcessEnv} env
 */
export async function aptInstall(packages, env) {
  const options = { deadlineMs: DEADLINE_MS, env: { ...env, DEBIAN_FRONTEND: 'noninteractive' } };
  const wait = ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3'];
  const keepSettings = ['-o', 'Dpkg::Options::=--force-confold'];
  const update = await runCommand('apt-get', [...wait, 'update', '-q'], options);
  const install = await runCommand(
    'apt-get',
    [...wait, ...keepSettings, 'install', '-q', '-y', '--no-install-recommends', ...packages],
    options,
  );
  return { ok: install.ok, output: `${update.output}${install.output}` };
}
