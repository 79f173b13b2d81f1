import type { PacketDemuxer } from '../demux/packet-demuxer.ts';
import { OpusFramer } from './opus-framer.ts';
import { PcmFramer } from './pcm-framer.ts';
import type { Unit } from './unit.ts';
import { WavReader } from './wav-reader.ts';

/** The units of a container that is taken apart here. */
export async function* demuxedUnits(
  chunks: AsyncIterable<Buffer>,
  demuxer: PacketDemuxer,
): AsyncGenerator<readonly Unit[]> {
  const framer = new OpusFramer();
  let units: Unit[] = [];
  const sink = (packet: Buffer, timestampMs: number | undefined) => framer.push(packet, timestampMs, units);
  for await (const chunk of chunks) {
    demuxer.push(chunk, sink);
    if (units.length === 0) continue;
    yield units;
    units = [];
  }
  framer.flush(units);
  if (units.length > 0) yield units;
}

/** Leaves out so many units at the beginning. */
export async function* withoutFirst(
  count: number,
  batches: AsyncIterable<readonly Unit[]>,
): AsyncGenerator<readonly Unit[]> {
  let left = Math.round(count);
  for await (const units of batches) {
    const kept = units.slice(left);
    left -= units.length - kept.length;
    if (kept.length > 0) yield kept;
  }
}

/** The units of ffmpeg's WAV output, mono or stereo. */
export async function* wavUnits(chunks: AsyncIterable<Buffer>): AsyncGenerator<readonly Unit[]> {
  const reader = new WavReader();
  const framer = new PcmFramer();
  for await (const chunk of chunks) {
    const units: Unit[] = [];
    const samples = reader.push(chunk);
    if (reader.channels === 1) framer.pushMono(samples, units);
    else framer.push(samples, units);
    if (units.length > 0) yield units;
  }
  const rest: Unit[] = [];
  framer.flush(rest);
  if (rest.length > 0) yield rest;
}
