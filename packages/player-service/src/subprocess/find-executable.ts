import { access, constants, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

/**
 * The absolute path of a program, looked up once so that a missing one is told apart from one that fails.
 *
 * @param command - A bare name, looked up in `searchPath`, or an absolute path.
 * @returns `undefined` when there is no such executable file.
 * @throws {@link TypeError} for a relative path: it would depend on the working directory.
 */
export async function findExecutable(command: string, searchPath: string): Promise<string | undefined> {
  if (isAbsolute(command)) return (await isExecutable(command)) ? command : undefined;
  if (command === '' || command.includes('/')) throw new TypeError(`bug: not a program name: ${command}`);
  for (const folder of searchPath.split(delimiter)) {
    if (!isAbsolute(folder)) continue; // "" and "." would mean the working directory
    const path = join(folder, command);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false; // absent or not ours to run: the same to the caller
  }
}
