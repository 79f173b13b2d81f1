import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A folder of media made by the real ffmpeg, removed with the fixture. */
export class MediaFolder implements AsyncDisposable {
  readonly path: string;

  static async create(): Promise<MediaFolder> {
    return new MediaFolder(await mkdtemp(join(tmpdir(), 'media-folder-')));
  }

  private constructor(path: string) {
    this.path = path;
  }

  /** A 440 Hz sine at −12 dBFS (or what `source` says), encoded as the arguments say. */
  async tone(
    name: string,
    args: readonly string[],
    { seconds = 4, rateHz = 48_000, channels = 2 } = {},
  ): Promise<string> {
    const exprs = Array(channels).fill('0.251*sin(2*PI*440*t)').join('|');
    const source = `aevalsrc=exprs=${exprs}:duration=${seconds}:sample_rate=${rateHz}`;
    return this.make(name, ['-f', 'lavfi', '-i', source, ...args]);
  }

  async make(name: string, args: readonly string[]): Promise<string> {
    const path = join(this.path, name);
    await run('ffmpeg', ['-v', 'error', '-y', '-bitexact', ...args, path], { timeout: 15_000 });
    return path;
  }

  async write(name: string, bytes: Uint8Array | string): Promise<string> {
    const path = join(this.path, name);
    await writeFile(path, bytes);
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true });
  }
}

/** SHA-256 of each packet of the first audio stream, as ffprobe reads them. */
export async function packetHashes(path: string): Promise<string[]> {
  const args = ['-v', 'error', '-select_streams', 'a:0', '-show_packets', '-show_data_hash', 'sha256'];
  const { stdout } = await run('ffprobe', [...args, '-of', 'json', path], {
    timeout: 15_000,
    maxBuffer: 64 * 1024 * 1024,
  });
  const { packets } = JSON.parse(stdout) as { packets: { data_hash: string }[] };
  return packets.map(({ data_hash }) => data_hash.replace('SHA256:', ''));
}
