import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { aptInstall, canUseApt } from './apt.mjs';
import { findOnPath } from './find-on-path.mjs';
import { MINIMUM_PYTHON } from './pins.mjs';
import { runCommand } from './run-command.mjs';
import { isAtLeast } from './version.mjs';

const DEADLINE_MS = 10 * 60_000;
const PYTHON_NAMES = [
  'python3',
  'python3.14',
  'python3.13',
  'python3.12',
  'python3.11',
  'python3.10',
  'python',
];

/** @typedef {import('./step.mjs').SetupContext} SetupContext */
/** @typedef {{ path?: string, output: string, isDownload?: boolean }} InstallResult `path` is absent when it failed; `isDownload` then says that Python was fine and the files could not be had */

/**
 * Installs yt-dlp into `folder` from PyPI, with every file's hash checked. A Python virtual environment comes first;
 * Debian ships Python without what makes one, so `pip --target` with a small starter follows, and apt-get where it may.
 *
 * @param {SetupContext} context
 * @param {string} folder
 * @returns {Promise<InstallResult>}
 */
export async function installYtDlpWithPip(context, folder) {
  let output = '';
  const python = await findPython(context.env);
  if (python !== undefined) {
    for (const install of [installInVenv, installWithTarget]) {
      const result = await install(context, folder, python);
      if (result.path !== undefined || result.isDownload) return result;
      output += result.output;
    }
  }
  if (!canUseApt(context.env)) {
    return { output: `${output}\nno Python ${MINIMUM_PYTHON} or newer with pip was found\n` };
  }
  context.working('installing python3-venv with apt-get');
  const apt = await aptInstall(['python3', 'python3-venv'], context.env);
  // Debian's own, because the first Python on PATH may be another one, to which the package adds nothing.
  return apt.ok ? installInVenv(context, folder, '/usr/bin/python3') : { output: output + apt.output };
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string | undefined>} the real path behind a version manager's shim, which may change its mind later
 */
async function findPython(env) {
  const ask = 'import sys; print(sys.executable, "%d.%d" % sys.version_info[:2])';
  for (const candidate of PYTHON_NAMES.flatMap((name) => findOnPath(name, env))) {
    const result = await runCommand(candidate, ['-c', ask], { deadlineMs: 20_000, env });
    const [, path, version] = /^(.+) (\d+\.\d+)\s*$/.exec(result.stdout) ?? [];
    if (path !== undefined && version !== undefined && isAtLeast(version, MINIMUM_PYTHON)) return path;
  }
  return undefined;
}

/**
 * @param {SetupContext} context
 * @param {string} folder
 * @param {string} python
 * @returns {Promise<InstallResult>}
 */
async function installInVenv(context, folder, python) {
  context.working('making a Python environment and installing by pip');
  rmSync(folder, { recursive: true, force: true });
  const venv = await runCommand(python, ['-m', 'venv', folder], {
    deadlineMs: DEADLINE_MS,
    env: context.env,
  });
  if (!venv.ok) return { output: venv.output };
  const pip = await pipInstall(context, join(folder, 'bin', 'python'), []);
  return pip.ok
    ? { path: join(folder, 'bin', 'yt-dlp'), output: '' }
    : { output: pip.output, isDownload: true };
}

/**
 * @param {SetupContext} context
 * @param {string} folder
 * @param {string} python
 * @returns {Promise<InstallResult>}
 */
async function installWithTarget(context, folder, python) {
  context.working('installing by pip');
  rmSync(folder, { recursive: true, force: true });
  const library = join(folder, 'lib');
  const pip = await pipInstall(context, python, ['--target', library]);
  if (!pip.ok) return { output: pip.output };
  mkdirSync(join(folder, 'bin'), { recursive: true });
  const path = join(folder, 'bin', 'yt-dlp');
  writeFileSync(path, starter(python, library));
  chmodSync(path, 0o755);
  return { path, output: '' };
}

/**
 * The solver scripts for YouTube's player come as a second package; without them yt-dlp works everywhere else, so its
 * absence is told and does not end the set-up.
 *
 * @param {SetupContext} context
 * @param {string} python
 * @param {readonly string[]} target
 */
async function pipInstall({ root, env, note }, python, target) {
  const flags = [
    '--no-deps',
    '--require-hashes',
    '--no-input',
    '--disable-pip-version-check',
    '--no-cache-dir',
  ];
  /** @param {readonly string[]} rest */
  const install = (...rest) =>
    runCommand(python, ['-m', 'pip', 'install', ...flags, ...target, ...rest], {
      deadlineMs: DEADLINE_MS,
      env,
    });
  const result = await install('-r', join(root, 'deploy', 'yt-dlp-requirements.txt'));
  if (!result.ok) return result;
  const solver = await install('--retries', '1', '-r', join(root, 'deploy', 'yt-dlp-ejs-requirements.txt'));
  if (!solver.ok) {
    note(
      'yt-dlp-ejs could not be fetched: YouTube will offer few formats or none. Delete .tools/yt-dlp to try again.',
    );
  }
  return result;
}

/**
 * `-I`: no user site, no PYTHONPATH, no current folder, so that nothing can slip in before the verified files.
 *
 * @param {string} python
 * @param {string} library
 */
function starter(python, library) {
  return [
    '#!/bin/sh',
    `exec ${shellQuote(python)} -I -c 'import sys; sys.path.insert(0, sys.argv.pop(1)); from yt_dlp import main; sys.argv[0] = "yt-dlp"; main()' ${shellQuote(library)} "$@"`,
    '',
  ].join('\n');
}

/** @param {string} text */
function shellQuote(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
