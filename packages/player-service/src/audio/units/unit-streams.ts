import type { PacketDemuxer } from '../demux/packet-demuxer.ts';
import { FRAME_SAMPLES } from '../frame.ts';
import { OpusFramer } from './opus-framer.ts';
import { PcmFramer } from './pcm-framer.ts';
import type { Unit } from './unit.ts';
import { WavReader } from './wav-reader.ts';

/**
 * The units of a container that is taken apart here. The last one is held back until it is known not to be the end, which says
 * how much of it belongs to the track.
 *
 * @param preSkipSamples - What the encoder added in front; 0 where the packets begin elsewhere.
 */
export async function* demuxedUnits(
  chunks: AsyncIterable<Buffer>,
  demuxer: PacketDemuxer,
  preSkipSamples = 0,
): AsyncGenerator<readonly Unit[]> {
  const framer = new OpusFramer();
  let toSkip = preSkipSamples;
  let units: Unit[] = [];
  const sink = (packet: Buffer, timestampMs: number | undefined) => framer.push(packet, timestampMs, units);
  for await (const chunk of chunks) {
    demuxer.push(chunk, sink);
    if (units.length < 2) continue;
    toSkip = skipFirst(units, toSkip);
    yield units.slice(0, -1);
    units = units.slice(-1);
  }
  framer.flush(units);
  skipFirst(units, toSkip);
  endAt(units, FRAME_SAMPLES - (demuxer.paddingSamples ?? 0));
  if (units.length > 0) yield units;
}

/** @returns How many samples are still to be left out, of units that are not there yet. */
function skipFirst(units: Unit[], samples: number): number {
  let left = samples;
  for (let i = 0; i < units.length && left > 0; i++) {
    const unit = units[i];
    if (unit !== undefined) units[i] = { ...unit, beginsAt: Math.min(left, FRAME_SAMPLES) };
    left = Math.max(0, left - FRAME_SAMPLES);
  }
  return left;
}

/** Packets of another length than a frame were cut anew: what their padding is of the last unit is not known. */
function endAt(units: Unit[], endsAt: number): void {
  const last = units.at(-1);
  if (last?.kind === 'opus' && endsAt > 0 && endsAt < FRAME_SAMPLES) units.splice(-1, 1, { ...last, endsAt });
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
