import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { findOnPath } from './find-on-path.mjs';
import { YT_DLP } from './pins.mjs';
import { isSameFile, recordFile } from './recorded-file.mjs';
import { runCommand } from './run-command.mjs';
import { SetupError } from './setup-error.mjs';
import { isAtLeast, parseYtDlpVersion } from './version.mjs';
import { downloadYtDlp } from './yt-dlp-download.mjs';
import { installYtDlpWithPip } from './yt-dlp-pip.mjs';

/** @typedef {import('./recorded-file.mjs').RecordedFile & { version: string }} YtDlpRecord */

/**
 * yt-dlp, never older than the pinned minimum: the one named by YT_DLP_PATH, else one on PATH, else a private install
 * by pip, else the release's standalone program. What is started learns of it through YT_DLP_PATH.
 *
 * @type {import('./step.mjs').Step<YtDlpRecord>}
 */
export const ytDlp = {
  name: 'ytDlp',
  title: 'yt-dlp',

  isCurrent: ({ env }, record) =>
    isSameFile(record) &&
    isAtLeast(record.version, YT_DLP.minimum) &&
    (env['YT_DLP_PATH'] ?? record.path) === record.path,

  async provide(context) {
    const { env, toolsFolder } = context;
    const folder = join(toolsFolder, 'yt-dlp');
    const chosen = env['YT_DLP_PATH'];
    if (chosen !== undefined) return found(await usableChosen(chosen, env), 'named by YT_DLP_PATH');

    for (const path of findOnPath('yt-dlp', env)) {
      const usable = await usableYtDlp(path, env);
      if (usable !== undefined) return found(usable, `found at ${path}`);
    }
    const earlier = await usableYtDlp(join(folder, 'bin', 'yt-dlp'), env);
    if (earlier !== undefined) return found(earlier, 'found in .tools');

    const failures = [];
    for (const [install, how] of /** @type {const} */ ([
      [installYtDlpWithPip, 'installed in .tools by pip'],
      [downloadYtDlp, 'downloaded to .tools, checksum verified'],
    ])) {
      rmSync(folder, { recursive: true, force: true });
      const result = await install(context, folder);
      const usable = result.path === undefined ? undefined : await usableYtDlp(result.path, env);
      if (usable !== undefined) return found(usable, how);
      failures.push(result.output);
    }
    rmSync(folder, { recursive: true, force: true });
    throw new SetupError(
      `yt-dlp ${YT_DLP.minimum} or newer is missing and could not be installed: install Python 3.10 or newer with venv (Debian/Ubuntu: \`sudo apt-get install python3-venv\`) or yt-dlp itself and try again.`,
      { details: failures.join('\n') },
    );
  },

  apply({ env }, record) {
    env['YT_DLP_PATH'] = record.path;
  },
};

/**
 * @param {{ path: string, version: string }} usable
 * @param {string} how
 */
function found({ path, version }, how) {
  return { record: { ...recordFile(path), version }, what: `${version} (${how})` };
}

/**
 * @param {string} path
 * @param {NodeJS.ProcessEnv} env
 */
async function usableChosen(path, env) {
  const usable = await usableYtDlp(path, env);
  if (usable !== undefined) return usable;
  throw new SetupError(
    `YT_DLP_PATH names ${path}, which is not yt-dlp ${YT_DLP.minimum} or newer: update it or unset YT_DLP_PATH.`,
  );
}

/**
 * @param {string} path
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ path: string, version: string } | undefined>} undefined when it does not run or is too old
 */
async function usableYtDlp(path, env) {
  const result = await runCommand(path, ['--ignore-config', '--version'], { deadlineMs: 60_000, env });
  const version = result.ok ? parseYtDlpVersion(result.stdout) : undefined;
  return version !== undefined && isAtLeast(version, YT_DLP.minimum) ? { path, version } : undefined;
}
