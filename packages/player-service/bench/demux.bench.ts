import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { promisify } from 'node:util';
import prism from 'prism-media';
import { OggDemuxer } from '../src/audio/demux/ogg-demuxer.ts';
import type { PacketDemuxer } from '../src/audio/demux/packet-demuxer.ts';
import { WebmDemuxer } from '../src/audio/demux/webm-demuxer.ts';

/**
 * CPU per minute of audio that each demuxer takes, from chunks in memory to packets counted. Medians of rounds that
 * alternate, in one process.
 *
 *   node packages/player-service/bench/demux.bench.ts
 */
const MINUTES = 3;
const ROUNDS = 15;
const CHUNK_BYTES = 64 * 1024;

const folder = await mkdtemp(join(tmpdir(), 'demux-bench-'));
try {
  const rows: string[] = [];
  for (const [name, ours, theirs] of [
    ['webm', () => new WebmDemuxer(), () => new prism.opus.WebmDemuxer()],
    ['ogg', () => new OggDemuxer(), () => new prism.opus.OggDemuxer()],
  ] as const) {
    const chunks = await makeChunks(name);
    const ownMs: number[] = [];
    const prismMs: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      ownMs.push(await cpuMs(() => runOwn(ours(), chunks)));
      prismMs.push(await cpuMs(() => runPrism(theirs(), chunks)));
    }
    const [own, prisms] = [median(ownMs) / MINUTES, median(prismMs) / MINUTES];
    rows.push(`| ${name} | ${own.toFixed(2)} | ${prisms.toFixed(2)} | ${(prisms / own).toFixed(1)} |`);
  }
  process.stdout.write(
    `| container | own, CPU ms/min | prism-media, CPU ms/min | ratio |\n|---|---|---|---|\n`,
  );
  process.stdout.write(`${rows.join('\n')}\n`);
} finally {
  await rm(folder, { recursive: true });
}

async function makeChunks(name: string): Promise<Buffer[]> {
  const path = join(folder, `a.${name}`);
  const source = `anoisesrc=d=${MINUTES * 60}:c=pink:r=48000:a=0.3`;
  const args = [
    '-v',
    'error',
    '-f',
    'lavfi',
    '-i',
    source,
    '-ac',
    '2',
    '-c:a',
    'libopus',
    '-b:a',
    '128k',
    path,
  ];
  await promisify(execFile)('ffmpeg', args, { timeout: 60_000 });
  const bytes = await readFile(path);
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) chunks.push(bytes.subarray(at, at + CHUNK_BYTES));
  return chunks;
}

async function runOwn(demuxer: PacketDemuxer, chunks: readonly Buffer[]): Promise<number> {
  let packets = 0;
  for (const chunk of chunks) {
    demuxer.push(chunk, () => packets++);
    await Promise.resolve();
  }
  return packets;
}

async function runPrism(demuxer: NodeJS.ReadWriteStream, chunks: readonly Buffer[]): Promise<number> {
  let packets = 0;
  demuxer.on('data', () => packets++);
  for (const chunk of chunks) demuxer.write(chunk);
  demuxer.end();
  await finished(demuxer);
  return packets;
}

async function cpuMs(run: () => Promise<number>): Promise<number> {
  const before = process.cpuUsage();
  const packets = await run();
  const { user, system } = process.cpuUsage(before);
  if (packets < MINUTES * 3_000) throw new Error(`only ${packets} packets`);
  return (user + system) / 1_000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
