import type { ByteSource } from '../../src/audio/bytes/byte-source.ts';
import { FileBytes } from '../../src/audio/bytes/file-bytes.ts';
import { HttpBytes } from '../../src/audio/bytes/http-bytes.ts';
import { createHttpClient } from '../../src/audio/bytes/http-client.ts';
import { PeekedBytes } from '../../src/audio/bytes/peeked-bytes.ts';
import { FRAME_MS } from '../../src/audio/frame.ts';
import { BEGINNING_BYTES, seekUnits } from '../../src/audio/seek/seek-units.ts';
import type { Unit } from '../../src/audio/units/unit.ts';
import { sha256 } from './audio-fixture.ts';
import type { MediaFolder } from './media-folder.ts';

export interface Sought {
  /** SHA-256 of the packets right before the position. */
  readonly leadIn: readonly string[];
  /** Of those from it on. */
  readonly packets: readonly string[];
  /** Where the track ends in the last of them, if it ends there before its end. */
  readonly endsAt: number | undefined;
}

/** Seeks in a container without ffmpeg, and reads `count` packets. `undefined`: it was left to ffmpeg. */
export async function seek(
  source: ByteSource,
  frame: number,
  { count = 60, durationMs }: { readonly count?: number; readonly durationMs?: number | undefined } = {},
): Promise<Sought | undefined> {
  const abort = new AbortController();
  const beginning = await PeekedBytes.open(source, abort.signal, BEGINNING_BYTES);
  try {
    const container = (await beginning.peek())?.toString('latin1', 0, 4) === 'OggS' ? 'ogg' : 'webm';
    const target = { positionMs: frame * FRAME_MS, durationMs };
    const sought = await seekUnits(source, beginning, container, target, abort.signal);
    if (sought === undefined) return undefined;
    const found: Unit[] = [];
    for await (const units of sought.units) {
      found.push(...units);
      if (found.length >= count) break;
    }
    const kept = found.slice(0, count);
    return { leadIn: hashes(sought.leadIn), packets: hashes(kept), endsAt: kept.at(-1)?.endsAt };
  } finally {
    await beginning.close();
    abort.abort();
  }
}

function hashes(units: readonly Unit[]): string[] {
  return units.map((unit) => (unit.kind === 'opus' ? sha256(unit.packet) : 'decoded'));
}

export function fileBytes(path: string): FileBytes {
  return new FileBytes(path);
}

/** Media of a server, over one client that closes with the fixture. */
export class HttpSources implements AsyncDisposable {
  readonly #client = createHttpClient({ timeoutMs: 10_000 });

  bytes(url: string): HttpBytes {
    return new HttpBytes({ url, headers: {}, client: this.#client, maxBytes: 500_000_000 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.destroy();
  }
}

export const NOISE_SECONDS = 300;
/** Loud and soft in turn, so that the bit rate is uneven. */
const NOISE = `anoisesrc=c=pink:d=${NOISE_SECONDS}:r=48000:a=0.5:seed=7,volume='0.02+0.9*lt(mod(t,60),20)':eval=frame`;
const OPUS = ['-ac', '2', '-c:a', 'libopus', '-b:a', '96k', '-compression_level', '0'];

/** The same five minutes of Opus, laid out in all the ways that the muxers of ffmpeg know. */
export const LAYOUTS = {
  'index-behind.webm': [],
  'index-in-front.webm': ['-cues_to_front', '1'],
  'short-clusters.webm': ['-cluster_time_limit', '500'],
  'without-index.webm': ['-live', '1', '-cluster_time_limit', '5000'],
  'pages-of-a-second.ogg': [],
  'page-per-packet.ogg': ['-page_duration', '20000'],
  'largest-pages.ogg': ['-page_duration', '20000000'],
} as const satisfies Record<string, readonly string[]>;

export type Layout = keyof typeof LAYOUTS;

export async function makeLayouts(folder: MediaFolder): Promise<void> {
  const original = await folder.make('original.mka', ['-f', 'lavfi', '-i', NOISE, ...OPUS]);
  for (const [name, args] of Object.entries(LAYOUTS))
    await folder.make(name, ['-i', original, '-c', 'copy', ...args]);
}
