import { randomUUID } from 'node:crypto';
import { chmod, copyFile, mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { KEY_FILES, type KeyOwner } from '../../packages/transport/src/index.ts';

/** What one side may read: its own pair and the other's public key. */
export function filesFor(owner: KeyOwner): readonly { readonly name: string; readonly mode: number }[] {
  const other: KeyOwner = owner === 'player' ? 'bot' : 'player';
  return [
    { name: KEY_FILES[owner].secret, mode: 0o600 },
    { name: KEY_FILES[owner].public, mode: 0o644 },
    { name: KEY_FILES[other].public, mode: 0o644 },
  ];
}

/**
 * Copies what one side needs from the folder that holds all keys to a folder for that side alone. Each file is replaced
 * whole, so that a service that is running reads the old key or the new one.
 */
export async function handOutKeys(from: string, owner: KeyOwner, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const { name, mode } of filesFor(owner)) {
    const draft = join(to, `${name}.${randomUUID()}.new`);
    await copyFile(join(from, name), draft);
    await chmod(draft, mode);
    await rename(draft, join(to, name));
  }
}
