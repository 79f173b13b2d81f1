import { open } from 'node:fs/promises';
import { basename, isAbsolute } from 'node:path';

/** How to have yt_dlp in a Python of our own, as the program would have it. */
export interface YtDlpPython {
  /** An absolute path. */
  readonly interpreter: string;
  /** Where yt_dlp is imported from, when it is not among the interpreter's own packages. */
  readonly library?: string;
}

/** Larger than any script that only starts yt-dlp. */
const HEAD_BYTES = 4_096;
const ZIP = Buffer.from('PK\x03\x04', 'latin1');

/** Lines of the scripts that pip, uv and distributions write for a program of a package, blank ones and comments left out. */
const CONSOLE_SCRIPT: readonly RegExp[] = [
  /^import (?:re|sys)$/,
  /^from yt_dlp import main$/,
  /^if __name__ == ['"]__main__['"]:$/,
  /^\s+(?:el)?if sys\.argv\[0\]\.endswith\(['"][\w.-]+['"]\):$/,
  /^\s+sys\.argv\[0\] = (?:re\.sub\(r'[^']*', '', sys\.argv\[0\]\)|sys\.argv\[0\](?:\[:-\d+\]|\.removesuffix\(['"][\w.-]+['"]\)))$/,
  /^\s+sys\.exit\(main\(\)\)$/,
];
/** How those scripts start an interpreter whose path is too long, or holds a space, for a first line. */
const LONG_PATH_SCRIPT = /^#!\/bin\/sh\n'''exec' (?<path>"[^"$`\\\n]+"|[^\s"$`\\]+) "\$0" "\$@"\n' '''\n/;
/** What `npm start` writes when it had to install beside Python; see `scripts/setup/yt-dlp-pip.mjs`. */
const OWN_SCRIPT =
  /^#!\/bin\/sh\nexec '(?<path>[^'\n]+)' -I -c 'import sys; sys\.path\.insert\(0, sys\.argv\.pop\(1\)\); from yt_dlp import main; sys\.argv\[0\] = "yt-dlp"; main\(\)' '(?<library>[^'\n]+)' "\$@"\n$/;

/**
 * Finds out by reading, never by running, whether a program is nothing but a start of yt_dlp in some Python. Anything else, such as
 * a binary or somebody's own script with options in it, must be run as it is.
 *
 * @param locate - Where a program of the search path is.
 * @throws with the reason when it is anything else.
 */
export async function findPython(
  program: string,
  locate: (name: string) => Promise<string | undefined>,
): Promise<YtDlpPython> {
  const head = await readHead(program);
  const text = head.toString('utf8');
  const own = OWN_SCRIPT.exec(text)?.groups;
  if (own?.['path'] && own['library']) return { interpreter: own['path'], library: own['library'] };

  const long = LONG_PATH_SCRIPT.exec(text);
  const first = long === null ? (/^#![^\n]*\n/.exec(text)?.[0] ?? '') : long[0];
  const interpreter =
    long === null
      ? await interpreterOf(first, locate)
      : long.groups?.['path']?.replaceAll('"', '') || undefined;
  if (interpreter === undefined || !isPython(interpreter)) {
    throw new Error(`${program} is not a Python script`);
  }
  const rest = head.subarray(Buffer.byteLength(first));
  if (rest.subarray(0, ZIP.length).equals(ZIP)) return { interpreter, library: program };
  if (head.length === HEAD_BYTES || !isConsoleScript(rest.toString('utf8')))
    throw new Error(`${program} does more than start yt_dlp`);
  return { interpreter };
}

async function readHead(path: string): Promise<Buffer> {
  await using file = await open(path, 'r');
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
  return buffer.subarray(0, bytesRead);
}

/** Options of the interpreter that isolate it less than ours do are let through; others change what runs. */
async function interpreterOf(
  line: string,
  locate: (name: string) => Promise<string | undefined>,
): Promise<string | undefined> {
  const [, path = '', name] = /^#!\s*(\S+)(?:\s+([\w.]+|-[IsEPB]+))?\s*\n$/.exec(line) ?? [];
  if (basename(path) !== 'env') return path;
  return name === undefined || name.startsWith('-') ? undefined : locate(name);
}

function isPython(path: string): boolean {
  return isAbsolute(path) && /^python[\d.]*$/.test(basename(path));
}

function isConsoleScript(text: string): boolean {
  const lines = text.split('\n').filter((line) => !/^\s*(?:#.*)?$/.test(line));
  return (
    lines.includes('from yt_dlp import main') &&
    lines.every((line) => CONSOLE_SCRIPT.some((known) => known.test(line)))
  );
}
