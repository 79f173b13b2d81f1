import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, open, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { generateKeyPair, publicKeyOf } from './key-pair.ts';
import { decodeKey } from './z85.ts';

/** The names in a key folder. A service needs its own pair and the other's public key, nothing else. */
export const KEY_FILES = {
  player: { secret: 'player.secret.key', public: 'player.public.key' },
  bot: { secret: 'bot.secret.key', public: 'bot.public.key' },
} as const;

export type KeyOwner = keyof typeof KEY_FILES;

/**
 * Writes a pair for each side that has none yet, secrets readable by their owner alone. Each file appears whole or not at all.
 *
 * @param options - `rotate` names the sides that get a new pair although they have one.
 * @returns The sides that got a new pair.
 */
export async function writeKeyFiles(
  folder: string,
  options: { readonly rotate?: readonly KeyOwner[] | boolean } = {},
): Promise<KeyOwner[]> {
  await mkdir(folder, { recursive: true });
  const owners = Object.keys(KEY_FILES) as KeyOwner[];
  const rotated = options.rotate === true ? owners : options.rotate || [];
  const written: KeyOwner[] = [];
  for (const owner of owners) {
    if (!rotated.includes(owner) && (await isComplete(folder, owner))) continue;
    const pair = generateKeyPair();
    await writeWhole(join(folder, KEY_FILES[owner].secret), pair.secretKey, 0o600);
    await writeWhole(join(folder, KEY_FILES[owner].public), pair.publicKey, 0o644);
    written.push(owner);
  }
  return written;
}

/** @throws {@link Error} when one file of the pair is there and does not fit the other: nothing is overwritten unasked. */
async function isComplete(folder: string, owner: KeyOwner): Promise<boolean> {
  const files = Object.values(KEY_FILES[owner]).map((name) => join(folder, name));
  const present = await Promise.all(files.map((file) => stat(file).then(() => true, isMissing)));
  if (!present.includes(true)) return false;
  const [secretFile = '', publicFile = ''] = files;
  checkPair(secretFile, publicFile);
  return true;
}

function isMissing(error: NodeJS.ErrnoException): false {
  if (error.code === 'ENOENT') return false;
  throw error;
}

/**
 * Reads one key: Z85 text and a line break.
 *
 * @throws {@link Error} naming the file and what is wrong, never the content.
 */
export function readKeyFile(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new Error(`key file ${file} cannot be read: ${(cause as NodeJS.ErrnoException).code}`, { cause });
  }
  try {
    decodeKey(text);
  } catch (cause) {
    throw new Error(`key file ${file}: ${(cause as Error).message}`, { cause });
  }
  return text;
}

/** @throws {@link Error} when the files do not hold the two halves of one pair. */
export function checkPair(secretFile: string, publicFile: string): { secretKey: string; publicKey: string } {
  const secretKey = readKeyFile(secretFile);
  const publicKey = readKeyFile(publicFile);
  if (publicKeyOf(secretKey) !== publicKey) {
    throw new Error(`${publicFile} is not the public key of ${secretFile}`);
  }
  return { secretKey, publicKey };
}

async function writeWhole(file: string, key: string, mode: number): Promise<void> {
  const draft = `${file}.${randomUUID()}.new`;
  const handle = await open(draft, 'wx', mode);
  try {
    await handle.chmod(mode); // the process's umask may have taken bits away
    await handle.writeFile(`${key}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
}
