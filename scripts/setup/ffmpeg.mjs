import { aptInstall, canUseApt } from './apt.mjs';
import { findOnPath } from './find-on-path.mjs';
import { MINIMUM_FFMPEG } from './pins.mjs';
import { isSameFile, recordFile } from './recorded-file.mjs';
import { runCommand } from './run-command.mjs';
import { SetupError } from './setup-error.mjs';
import { isAtLeast, parseFfmpegVersion } from './version.mjs';

/** @typedef {import('./recorded-file.mjs').RecordedFile} RecordedFile */

/**
 * ffmpeg and ffprobe, which decode what is not already Opus. They come from the machine: a private copy would miss its
 * security updates.
 *
 * @type {import('./step.mjs').Step<{ ffmpeg: RecordedFile, ffprobe: RecordedFile }>}
 */
export const ffmpeg = {
  name: 'ffmpeg',
  title: 'ffmpeg',

  isCurrent: (context, record) =>
    findOnPath('ffmpeg', context.env)[0] === record.ffmpeg.path &&
    isSameFile(record.ffmpeg) &&
    isSameFile(record.ffprobe),

  async provide({ env, working }) {
    let found = await findBoth(env);
    const wasThere = found !== undefined;
    let details = '';
    if (found === undefined && canUseApt(env)) {
      working('installing with apt-get');
      const result = await aptInstall(['ffmpeg'], env);
      details = result.output;
      found = await findBoth(env);
    }
    if (found === undefined) {
      throw new SetupError(
        `ffmpeg ${MINIMUM_FFMPEG} or newer is missing: install it (Debian/Ubuntu: \`sudo apt-get install ffmpeg\`, macOS: \`brew install ffmpeg\`) and try again.`,
        { details },
      );
    }
    const record = { ffmpeg: recordFile(found.ffmpeg.path), ffprobe: recordFile(found.ffprobe.path) };
    const version = found.ffmpeg.version === '999' ? 'a git build' : found.ffmpeg.version;
    return {
      record,
      what: `${version} (${wasThere ? `found at ${found.ffmpeg.path}` : 'installed with apt-get'})`,
    };
  },

  apply() {
    // Found by name on PATH by whoever runs it.
  },
};

/** @param {NodeJS.ProcessEnv} env */
async function findBoth(env) {
  const [ffmpegFound, ffprobeFound] = await Promise.all([
    findFirst('ffmpeg', env),
    findFirst('ffprobe', env),
  ]);
  if (ffmpegFound === undefined || ffprobeFound === undefined) return undefined;
  return { ffmpeg: ffmpegFound, ffprobe: ffprobeFound };
}

/**
 * Only the first on PATH counts, for that is the one that the player starts.
 *
 * @param {string} name
 * @param {NodeJS.ProcessEnv} env
 */
async function findFirst(name, env) {
  const [path] = findOnPath(name, env);
  if (path === undefined) return undefined;
  const result = await runCommand(path, ['-version'], { deadlineMs: 20_000, env });
  const version = parseFfmpegVersion(result.stdout);
  return version !== undefined && isAtLeast(version, MINIMUM_FFMPEG) ? { path, version } : undefined;
}
