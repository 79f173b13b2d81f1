import { readFile } from 'node:fs/promises';
import { argv, stdout } from 'node:process';
import { PCM_FRAME_BYTES } from '../src/audio/frame.ts';
import { FrameEncoder, PacketDecoder } from '../src/audio/opus-codec.ts';

/*
 * The limits of transcoding: the encoder on samples in memory, and the decoder on its packets. Prints the CPU of one frame in
 * us, of both.
 * node codec-alone.ts FILE.wav BITRATE_BPS COMPLEXITY
 */
const WAV_HEADER_BYTES = 44;
const WARM_UP_FRAMES = 100;

const [, , path = '', bitrateBps, complexity] = argv;
const pcm = (await readFile(path)).subarray(WAV_HEADER_BYTES);
const frames = Math.floor(pcm.length / PCM_FRAME_BYTES);
const encoder = new FrameEncoder({ bitrateBps: Number(bitrateBps), complexity: Number(complexity) });
const decoder = new PacketDecoder();
const packets: Buffer[] = [];

const encodeUs = cpuOfFrame((index) => {
  packets.push(encoder.encode(pcm.subarray(index * PCM_FRAME_BYTES, (index + 1) * PCM_FRAME_BYTES)));
});
const decodeUs = cpuOfFrame((index) => decoder.decode(packets[index] ?? Buffer.alloc(0)));
stdout.write(JSON.stringify({ encodeUs, decodeUs }));

function cpuOfFrame(work: (index: number) => void): number {
  for (let index = 0; index < WARM_UP_FRAMES; index++) work(index);
  const before = process.cpuUsage();
  for (let index = WARM_UP_FRAMES; index < frames; index++) work(index);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (frames - WARM_UP_FRAMES);
}
