import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { findOnPath } from './find-on-path.mjs';
import { MINIMUM_PYTHON, YT_DLP } from './pins.mjs';
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

    const byPip = await tryInstall(installYtDlpWithPip, context, folder);
    if (byPip.usable !== undefined) return found(byPip.usable, 'installed in .tools by pip');
    const byDownload = await tryInstall(downloadYtDlp, context, folder);
    if (byDownload.usable !== undefined) {
      return found(byDownload.usable, 'downloaded to .tools, checksum verified');
    }
    rmSync(folder, { recursive: true, force: true });
    throw new SetupError(
      byPip.isDownload
        ? `yt-dlp ${YT_DLP.version} could not be downloaded: check that this machine reaches the Internet and try again.`
        : `yt-dlp ${YT_DLP.minimum} or newer is missing and could not be installed: install it, or Python ${MINIMUM_PYTHON} or newer with venv (Debian/Ubuntu: \`sudo apt-get install python3-venv\`), and try again.`,
      { details: `${byPip.output}\n${byDownload.output}` },
    );
  },

  apply({ env }, record) {
    env['YT_DLP_PATH'] = record.path;
  },
};

/**
 * @param {(context: import('./step.mjs').SetupContext, folder: string) => Promise<import('./yt-dlp-pip.mjs').InstallResult>} install
 * @param {import('./step.mjs').SetupContext} context
 * @param {string} folder
 */
async function tryInstall(install, context, folder) {
  rmSync(folder, { recursive: true, force: true });
  const result = await install(context, folder);
  const usable = result.path === undefined ? undefined : await usableYtDlp(result.path, context.env);
  return { ...result, usable };
}

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
