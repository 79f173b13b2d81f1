import { open, readdir, realpath, stat } from 'node:fs/promises';
import { extname, join, normalize, relative, sep } from 'node:path';
import { PlayerError } from '@bandstand/protocol';

export interface FolderLimits {
  readonly maxFiles: number;
  readonly maxDepth: number;
}

const AUDIO_EXTENSIONS = new Set([
  '.mp3',
  '.m4a',
  '.aac',
  '.opus',
  '.ogg',
  '.oga',
  '.flac',
  '.wav',
  '.webm',
  '.mka',
  '.mp4',
]);

/** One folder and what lies under it, symbolic links that lead out excepted. Names are relative paths with `/`. */
export class MusicFolder {
  /** Absolute, without symbolic links. */
  readonly root: string;
  readonly #limits: FolderLimits;

  /** @throws a plain error when the folder is not there: a mistake in the configuration. */
  static async open(folder: string, limits: FolderLimits): Promise<MusicFolder> {
    const root = await realpath(folder).catch(() => undefined);
    if (root === undefined || !(await stat(root)).isDirectory())
      throw new Error(`the music root is not a folder: ${folder}`);
    return new MusicFolder(root, limits);
  }

  private constructor(root: string, limits: FolderLimits) {
    this.root = root;
    this.#limits = limits;
  }

  /**
   * The absolute path of a file, by its name.
   *
   * @throws {@link PlayerError} `FILE_NOT_FOUND` for whatever is not a readable file under the root. It does not say more:
   * a person in a channel learns nothing about the rest of the disk.
   */
  async locate(name: string): Promise<string> {
    const inside = normalize(name);
    const hidden = inside.split(sep).some((part) => part.startsWith('.'));
    if (inside.includes('\0') || hidden || inside.startsWith(sep)) throw notFound();
    const path = await realpath(join(this.root, inside)).catch(() => undefined);
    if (path === undefined || !path.startsWith(this.root + sep) || !(await isReadableFile(path)))
      throw notFound();
    return path;
  }

  /** The names of all audio files, sorted; as many and as deep as the limits say. */
  async list(signal: AbortSignal): Promise<readonly string[]> {
    const names: string[] = [];
    let level = [this.root];
    for (let depth = 0; depth < this.#limits.maxDepth && level.length > 0; depth++) {
      const next: string[] = [];
      for (const folder of level) {
        signal.throwIfAborted();
        for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
          const path = join(folder, entry.name);
          if (entry.name.startsWith('.')) continue;
          if (entry.isDirectory())
            next.push(path); // links to folders are not followed: they may form circles
          else if (AUDIO_EXTENSIONS.has(extname(entry.name).toLowerCase())) names.push(this.#nameOf(path));
          if (names.length >= this.#limits.maxFiles) return names.sort();
        }
      }
      level = next;
    }
    return names.sort();
  }

  #nameOf(path: string): string {
    return relative(this.root, path).split(sep).join('/');
  }
}

async function isReadableFile(path: string): Promise<boolean> {
  try {
    await using file = await open(path, 'r');
    return (await file.stat()).isFile();
  } catch {
    return false; // no right to read it: for the listener it is not there
  }
}

function notFound(): PlayerError {
  return new PlayerError('FILE_NOT_FOUND', 'no such file under the music root');
}
