import { PlayerError } from '@bandstand/protocol';
import type { ChildProcesses } from '../../subprocess/child-processes.ts';
import { describeProcessEnd } from '../../subprocess/process-end.ts';

/** Older releases have known holes, GHSA-6v4j-43gg-vj32 the latest, and lack options this player relies on. */
export const OLDEST_YT_DLP = '2026.07.04';

/** A cold start on a slow disk compiles all of yt-dlp once. */
const DEADLINE_MS = 30_000;

/**
 * The version of the installed yt-dlp.
 *
 * @throws {@link PlayerError} `EXTRACTOR_MISSING` when it is absent, does not run, or is too old; the message says which.
 */
export async function checkVersion(
  children: ChildProcesses,
  program: string,
  signal?: AbortSignal,
): Promise<string> {
  const { end, stdout } = await children.collect({
    program,
    args: ['--ignore-config', '--version'],
    signal,
    deadlineMs: DEADLINE_MS,
    maxStdoutBytes: 64 * 1024,
  });
  if (end.cause !== 'exited' || end.exitCode !== 0) {
    throw new PlayerError('EXTRACTOR_MISSING', `${program} --version ${describeProcessEnd(end)}`);
  }
  const version = stdout.toString('utf8').trim().slice(0, 32);
  const found = dayOf(version);
  if (found === undefined) {
    throw new PlayerError(
      'EXTRACTOR_MISSING',
      `${program} is not yt-dlp: its version reads ${JSON.stringify(version)}`,
    );
  }
  if (found < (dayOf(OLDEST_YT_DLP) ?? 0)) {
    throw new PlayerError(
      'EXTRACTOR_MISSING',
      `yt-dlp ${version} is too old: ${OLDEST_YT_DLP} or newer is needed`,
      {
        details: { version, oldest: OLDEST_YT_DLP },
      },
    );
  }
  return version;
}

/** Versions are dates, `2026.8.19` or `2026.08.19`, perhaps with more behind. */
function dayOf(version: string): number | undefined {
  const match = /^(\d{4})\.(\d{1,2})\.(\d{1,2})(?:\.\d+)*$/.exec(version);
  if (match === null) return undefined;
  return Number(match[1]) * 10_000 + Number(match[2]) * 100 + Number(match[3]);
}
