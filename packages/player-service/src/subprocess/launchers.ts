/** What a child may use of the machine. Limits the host cannot set are left out (see {@link Launchers}). */
export interface ResourceLimits {
  /** `RLIMIT_AS`. Fits ffmpeg; a JavaScript engine reserves far more than it uses and does not start under it. */
  readonly addressSpaceBytes?: number | undefined;
  /** `RLIMIT_DATA`: writable private memory. Fits yt-dlp, which starts a JavaScript engine for some sites. */
  readonly dataBytes?: number | undefined;
  /** `RLIMIT_CPU`, in seconds of processor time. */
  readonly cpuSeconds?: number | undefined;
  /** `RLIMIT_FSIZE`: the largest file it may write. */
  readonly fileBytes?: number | undefined;
  /** `RLIMIT_NOFILE`: descriptors it may have open. */
  readonly openFiles?: number | undefined;
  /** Added to our own niceness, 0-19. Whatever encodes runs below whatever sends. */
  readonly niceness?: number | undefined;
}

/** Absolute paths of the small programs that set a limit and then become the real program (same process id). */
export interface Launchers {
  /** util-linux. */
  readonly prlimit: string | undefined;
  /** util-linux; ends the child when the thread that started it dies, however it dies (except within its first milliseconds). */
  readonly setpriv: string | undefined;
  readonly nice: string | undefined;
}

export const LAUNCHER_NAMES = ['prlimit', 'setpriv', 'nice'] as const satisfies readonly (keyof Launchers)[];

/** Also keeps set-user-id programs from raising what a child may do. */
const SETPRIV = ['--no-new-privs', '--pdeathsig', 'KILL'];

/** Arguments with which a launcher of the expected make does nothing and exits with 0. */
export const LAUNCHER_PROBES: Readonly<Record<keyof Launchers, readonly string[]>> = {
  prlimit: ['--core=0', '--', 'true'],
  setpriv: [...SETPRIV, '--', 'true'],
  nice: ['-n', '0', '--', 'true'],
};

/** The argv that sets the limits and then becomes `program`. Every launcher is told where its own options end. */
export function launchLine(
  launchers: Launchers,
  limits: ResourceLimits,
  program: string,
  args: readonly string[],
): readonly [command: string, ...args: string[]] {
  const line: string[] = [];
  if (launchers.setpriv !== undefined) line.push(launchers.setpriv, ...SETPRIV, '--');
  if (launchers.prlimit !== undefined) {
    // A crash of a decoder on hostile media must not fill the disk with core files.
    line.push(launchers.prlimit, '--core=0');
    if (limits.addressSpaceBytes !== undefined) line.push(`--as=${limits.addressSpaceBytes}`);
    if (limits.dataBytes !== undefined) line.push(`--data=${limits.dataBytes}`);
    if (limits.cpuSeconds !== undefined) line.push(`--cpu=${limits.cpuSeconds}`);
    if (limits.fileBytes !== undefined) line.push(`--fsize=${limits.fileBytes}`);
    if (limits.openFiles !== undefined) line.push(`--nofile=${limits.openFiles}`);
    line.push('--');
  }
  if (launchers.nice !== undefined && limits.niceness !== undefined && limits.niceness > 0) {
    line.push(launchers.nice, '-n', String(limits.niceness), '--');
  }
  const [command, ...rest] = [...line, program, ...args];
  return [command ?? program, ...rest];
}
