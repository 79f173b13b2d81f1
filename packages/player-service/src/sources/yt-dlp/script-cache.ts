import { access, constants, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';

export interface ScriptCacheOptions {
  readonly folder: string;
  /** 64 MiB when absent. */
  readonly maxBytes?: number;
  /** Since it was written; 30 days when absent. */
  readonly maxAgeMs?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

const DEFAULT_MAX_BYTES = 64 * 1024 ** 2;
const DEFAULT_MAX_AGE_MS = 30 * 24 * 3_600_000;
/** What a process that was killed while writing leaves; nobody writes for so long. */
const UNFINISHED_MS = 3_600_000;
const UNFINISHED = /\.tmp$/;

interface CachedFile {
  readonly path: string;
  readonly bytes: number;
  readonly writtenAtMs: number;
}

/**
 * Prepares the folder where yt-dlp keeps the scripts of sites' players, and takes out what is old. yt-dlp itself never does that.
 * Any number of its processes may use the folder at a time: each writes a file of its own and then renames it.
 *
 * @returns The folder, as an absolute path.
 * @throws when it cannot be made or written, or yt-dlp would read its name as something else.
 */
export async function prepareScriptCache(options: ScriptCacheOptions): Promise<string> {
  const { maxBytes = DEFAULT_MAX_BYTES, maxAgeMs = DEFAULT_MAX_AGE_MS, now = Date.now } = options;
  const folder = resolve(options.folder);
  if (folder.includes('$')) throw new Error(`yt-dlp would replace the "$" in ${folder}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await access(folder, constants.W_OK | constants.X_OK);
  const newestFirst = (await filesBelow(folder)).sort((a, b) => b.writtenAtMs - a.writtenAtMs);
  let keptBytes = 0;
  for (const { path, bytes, writtenAtMs } of newestFirst) {
    const ageMs = now() - writtenAtMs;
    const isKept =
      ageMs <= (UNFINISHED.test(path) ? UNFINISHED_MS : maxAgeMs) && keptBytes + bytes <= maxBytes;
    if (isKept) keptBytes += bytes;
    else await rm(path, { force: true });
  }
  return folder;
}

/** yt-dlp puts every file into a folder named after its purpose. Links are neither followed nor touched. */
async function filesBelow(folder: string): Promise<CachedFile[]> {
  const files: CachedFile[] = [];
  for (const section of await readdir(folder, { withFileTypes: true })) {
    if (!section.isDirectory()) continue;
    for (const file of await readdir(join(folder, section.name), { withFileTypes: true })) {
      const path = join(folder, section.name, file.name);
      const found = file.isFile() ? await stat(path).catch(() => undefined) : undefined;
      if (found) files.push({ path, bytes: found.size, writtenAtMs: found.mtimeMs });
    }
  }
  return files;
}
