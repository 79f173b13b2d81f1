import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import type { HeardFrame } from '@bandstand/discord-simulator';

const run = promisify(execFile);

/** SHA-256 of every packet in the file, in order, as ffprobe reads them. */
export async function packetHashes(path: string): Promise<string[]> {
  const { stdout } = await run('ffprobe', [
    '-v',
    'error',
    '-show_packets',
    '-show_data_hash',
    'sha256',
    path,
  ]);
  return Array.from(stdout.matchAll(/^data_hash=SHA256:(\w+)$/gm), ([, hash = '']) => hash);
}

/** SHA-256 of what was heard, frame by frame. */
export function heardHashes(frames: readonly HeardFrame[]): string[] {
  return frames.map(({ opus }) => createHash('sha256').update(opus).digest('hex'));
}
