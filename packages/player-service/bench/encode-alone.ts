import { readFile } from 'node:fs/promises';
import { argv, stdout } from 'node:process';
import { PCM_FRAME_BYTES } from '../src/audio/frame.ts';
import { FrameEncoder } from '../src/audio/opus-codec.ts';

/*
 * The limit of transcoding: the encoder on samples in memory. Prints the CPU of one frame in us.
 * node encode-alone.ts FILE.wav BITRATE_BPS COMPLEXITY
 */
const WAV_HEADER_BYTES = 44;
const WARM_UP_FRAMES = 100;

const [, , path = '', bitrateBps, complexity] = argv;
const pcm = (await readFile(path)).subarray(WAV_HEADER_BYTES);
const encoder = new FrameEncoder({ bitrateBps: Number(bitrateBps), complexity: Number(complexity) });
const frames = Math.floor(pcm.length / PCM_FRAME_BYTES);
const encode = (from: number, to: number) => {
  for (let index = from; index < to; index++)
    encoder.encode(pcm.subarray(index * PCM_FRAME_BYTES, (index + 1) * PCM_FRAME_BYTES));
};
encode(0, WARM_UP_FRAMES);
const before = process.cpuUsage();
encode(WARM_UP_FRAMES, frames);
const { user, system } = process.cpuUsage(before);
stdout.write(String((user + system) / (frames - WARM_UP_FRAMES)));
