import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { hostPlatform } from './host-platform.mjs';
import { YT_DLP } from './pins.mjs';
import { runCommand } from './run-command.mjs';

const DEADLINE_MS = 5 * 60_000;
const RELEASES = 'https://github.com/yt-dlp/yt-dlp/releases/download';

/**
 * Downloads the release's standalone program by yt-dlp-wrap, in a child process because that library knows no deadline.
 * It checks nothing itself, so the bytes are compared with the pinned SHA-256 before they become executable.
 *
 * @param {import('./step.mjs').SetupContext} context
 * @param {string} folder
 * @returns {Promise<{ path?: string, output: string }>}
 */
export async function downloadYtDlp({ root, node, env, working }, folder) {
  const pinned = YT_DLP.downloads[hostPlatform];
  if (pinned === undefined) return { output: `yt-dlp publishes no standalone program for ${hostPlatform}\n` };
  working(`downloading ${pinned.file}`);
  mkdirSync(join(folder, 'bin'), { recursive: true });
  const draft = join(folder, 'bin', `${pinned.file}.part`);
  const script = `
    const wrap = require('yt-dlp-wrap').default;
    const fail = (problem) => {
      console.error(problem.message ?? 'HTTP status ' + problem.statusCode);
      process.exit(1);
    };
    process.on('uncaughtException', fail); // it leaves a failed look-up of the host to nobody
    wrap.downloadFile(process.argv[1], process.argv[2]).then(() => process.exit(0), fail);`;
  const url = `${RELEASES}/${YT_DLP.version}/${pinned.file}`;
  const result = await runCommand(node, ['--eval', script, url, draft], {
    deadlineMs: DEADLINE_MS,
    cwd: join(root, 'packages', 'player-service'),
    env,
  });
  if (!result.ok) return { output: `${url}: ${result.output}` };
  return acceptDownload(draft, join(folder, 'bin', 'yt-dlp'), pinned.sha256);
}

/**
 * @param {string} draft
 * @param {string} path
 * @param {string} sha256
 * @returns {{ path?: string, output: string }}
 */
export function acceptDownload(draft, path, sha256) {
  const actual = createHash('sha256').update(readFileSync(draft)).digest('hex');
  if (actual !== sha256) {
    rmSync(draft, { force: true });
    return {
      output: `the downloaded yt-dlp has SHA-256 ${actual}, not the pinned ${sha256}, and was deleted\n`,
    };
  }
  chmodSync(draft, 0o755);
  renameSync(draft, path);
  return { path, output: '' };
}
