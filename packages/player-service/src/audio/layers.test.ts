import { setInterval } from 'node:timers/promises';
import { rmsDb, steepestStep, toneLevelDb } from '@bandstand/test-support';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AudioFixture, between, file, hear, sha256 } from '../../test/audio/audio-fixture.ts';
import { MediaFolder, packetHashes } from '../../test/audio/media-folder.ts';
import type { Layer, LayerPlan } from './mixing/layer.ts';
import type { Playback } from './playback.ts';
import { BUFFER_FRAMES } from './thread/messages.ts';

const OPUS = ['-c:a', 'libopus', '-b:a', '160k'];
const [BED_HZ, LAYER_HZ] = [400, 900];
const AMPLITUDE = 0.25;
const FULL_DB = 20 * Math.log10(AMPLITUDE);
const STEEPEST = (AMPLITUDE * 2 * Math.PI * (BED_HZ + LAYER_HZ)) / 48_000;

let folder: MediaFolder;
let audio: AudioFixture;
let bedPath: string;
let layerPath: string;

beforeAll(async () => {
  folder = await MediaFolder.create();
  audio = await AudioFixture.start();
  bedPath = await tone('bed.webm', BED_HZ, 4, OPUS);
  const soft = ['-af', 'afade=t=in:d=0.02,afade=t=out:st=0.98:d=0.02']; // its own ends are no clicks
  layerPath = await tone('layer.mp3', LAYER_HZ, 1, [...soft, '-b:a', '192k']);
}, 30_000);

afterAll(async () => {
  await audio[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

function tone(name: string, hz: number, seconds: number, args: readonly string[]): Promise<string> {
  const exprs = Array(2).fill(`${AMPLITUDE}*sin(2*PI*${hz}*t)`).join('|');
  return folder.make(name, [
    '-f',
    'lavfi',
    '-i',
    `aevalsrc=exprs=${exprs}:duration=${seconds}:sample_rate=48000`,
    ...args,
  ]);
}

const OVERLAY: LayerPlan = {
  bedGain: 10 ** (-12 / 20),
  attackMs: 100,
  releaseMs: 400,
  holdsBed: false,
  fades: false,
};

interface Heard {
  readonly frames: Buffer[];
  /** Frame of the whole in which the layer began, and the one after its last. */
  readonly from: number;
  readonly to: number;
}

/** Takes a frame every 20 ms from whichever is due; the layer is laid over the bed at frame 25. */
async function play(
  bed: Playback | undefined,
  openLayer: () => Promise<readonly [Playback, Layer<Playback>]>,
  onFrame: (index: number, layer: Layer<Playback>) => void = () => {},
): Promise<Heard> {
  const [own, layer] = await openLayer();
  await Promise.all([bed?.ready(BUFFER_FRAMES), own.ready(25)]);
  const frames: Buffer[] = [];
  let [from, to] = [Number.NaN, Number.NaN];
  let isLaid = false;
  const startedAt = performance.now();
  for await (const _ of setInterval(10)) {
    if (frames.length * 20 > performance.now() - startedAt) continue; // one at a time: whoever was stalled does not catch up in a burst
    const index = frames.length;
    if (!isLaid && (index === 25 || bed === undefined)) {
      isLaid = true;
      layer.over(bed);
    }
    onFrame(index, layer);
    const isOver = !Number.isNaN(to);
    if (!isOver && isLaid && layer.isDue()) {
      if (Number.isNaN(from)) from = index;
      const frame = layer.next();
      if (frame === undefined) throw new Error(`no frame ${index} of the layer: ${layer.status}`);
      frames.push(Buffer.from(frame));
      if (layer.status === 'ended') {
        to = index + 1;
        await own.close();
        if (bed === undefined) return { frames, from, to };
      }
      continue;
    }
    const frame = bed?.next();
    if (frame !== undefined) frames.push(Buffer.from(frame));
    else if (bed === undefined || bed.status === 'buffering') continue;
    else return { frames, from, to };
  }
  throw new Error('unreachable');
}

async function openLayer(plan: LayerPlan, path = layerPath, near?: Playback) {
  const own = await audio.open(file(path), { tailMs: plan.fades ? 0 : plan.releaseMs, near: near && [near] });
  return [own, own.layOver(plan)] as const;
}

function levels(heard: Float64Array, hz: number): number[] {
  return Array.from({ length: Math.floor(heard.length / 4_800) }, (_, index) =>
    toneLevelDb(heard.subarray(index * 4_800, (index + 1) * 4_800), hz, 48_000),
  );
}

describe('over music', () => {
  test('an overlay ducks it by what was asked and lets it come back; nothing of it is lost, before and after it is untouched', async () => {
    const bed = await audio.open(file(bedPath));
    const { frames, from, to } = await play(bed, () => openLayer(OVERLAY));
    await bed.close();

    expect(from).toBeGreaterThanOrEqual(25);
    expect(from).toBeLessThan(60);
    expect(Math.abs(to - from - 50 - 20)).toBeLessThanOrEqual(4); // a second, the release, and what MP3 pads
    const heard = hear(frames);
    const duckedMs = [from * 20 + 200, from * 20 + 900] as const;
    expect(toneLevelDb(between(heard, ...duckedMs), BED_HZ, 48_000) - FULL_DB).toBeCloseTo(-12, 0);
    expect(toneLevelDb(between(heard, ...duckedMs), LAYER_HZ, 48_000) - FULL_DB).toBeCloseTo(0, 0);
    expect(levels(between(heard, 0, from * 20), LAYER_HZ).every((level) => level < -50)).toBe(true);
    expect(toneLevelDb(between(heard, to * 20 + 40, to * 20 + 500), BED_HZ, 48_000) - FULL_DB).toBeCloseTo(
      0,
      1,
    );
    // The release takes its 400 ms: half-way through it the music is half-way back in power.
    const releaseMs = to * 20 - 400;
    expect(
      toneLevelDb(between(heard, releaseMs + 150, releaseMs + 250), BED_HZ, 48_000) - FULL_DB,
    ).toBeCloseTo(-2.8, 0);
    expect(steepestStep(between(heard, 100, frames.length * 20 - 60))).toBeLessThan(STEEPEST * 1.1);

    const source = await packetHashes(bedPath);
    const hashes = frames.map(sha256);
    expect(hashes.length).toBe(source.length);
    expect(hashes.slice(0, from)).toEqual(source.slice(0, from));
    expect(hashes.slice(to)).toEqual(source.slice(to));
  });

  test('one that replaces it lets it stand still, and it comes back where it was', async () => {
    const bed = await audio.open(file(bedPath));
    const { frames, from, to } = await play(bed, () =>
      openLayer({ ...OVERLAY, bedGain: 0, releaseMs: 100, holdsBed: true }),
    );
    await bed.close();
    const heard = hear(frames);
    expect(toneLevelDb(between(heard, from * 20 + 200, to * 20 - 200), BED_HZ, 48_000)).toBeLessThan(-60);
    const source = await packetHashes(bedPath);
    const held = to - from - 5 - 5; // all but attack and release
    expect(frames.length).toBe(source.length + held);
    expect(frames.slice(to).map(sha256)).toEqual(source.slice(to - held));
    expect(steepestStep(between(heard, 100, frames.length * 20 - 60))).toBeLessThan(STEEPEST * 1.1);
  });

  test('a crossfade to it and back keeps the power', async () => {
    const bed = await audio.open(file(bedPath));
    const { frames, from, to } = await play(bed, () =>
      openLayer({ bedGain: 0, attackMs: 300, releaseMs: 300, holdsBed: true, fades: true }),
    );
    await bed.close();
    const heard = hear(frames);
    const windows = Array.from({ length: 30 }, (_, index) =>
      rmsDb(between(heard, 200 + index * 100, 300 + index * 100)),
    );
    // MP3 pads its ends with a few milliseconds of silence, there where the layer is hardly heard.
    expect(Math.max(...windows) - Math.min(...windows)).toBeLessThan(1);
    expect(toneLevelDb(between(heard, from * 20 + 350, to * 20 - 350), BED_HZ, 48_000)).toBeLessThan(-60);
    expect(steepestStep(between(heard, 100, frames.length * 20 - 60))).toBeLessThan(STEEPEST * 1.1);
  });

  test('stopped, it goes within 60 ms and the music comes back', async () => {
    const bed = await audio.open(file(bedPath));
    let stoppedAt = Number.POSITIVE_INFINITY;
    const { frames, from, to } = await play(
      bed,
      () => openLayer(OVERLAY),
      (index, layer) => {
        if (!layer.hasBegun || index < 70 || stoppedAt < index) return;
        stoppedAt = index;
        layer.stop();
      },
    );
    await bed.close();
    expect(from).toBeLessThan(70);
    expect(to - stoppedAt).toBeLessThanOrEqual(3 + 20 + 1);
    const heard = hear(frames);
    expect(toneLevelDb(between(heard, stoppedAt * 20 + 160, to * 20), LAYER_HZ, 48_000)).toBeLessThan(-50);
    expect(toneLevelDb(between(heard, to * 20 + 40, to * 20 + 500), BED_HZ, 48_000) - FULL_DB).toBeCloseTo(
      0,
      1,
    );
    expect(steepestStep(between(heard, 100, frames.length * 20 - 60))).toBeLessThan(STEEPEST * 1.1);
    expect(frames.length).toBe((await packetHashes(bedPath)).length);
  });

  test('a track that fades into the next one under it does so as if it were not there', async () => {
    const bed = await audio.open(file(await tone('short.webm', BED_HZ, 1, OPUS)));
    const next = await audio.open(file(bedPath), { near: [bed] });
    await next.ready(BUFFER_FRAMES);
    bed.blendInto(next, 300);
    let laid = false;
    const { frames, to } = await play(
      bed,
      () => openLayer(OVERLAY, layerPath, bed),
      (_index, layer) => {
        if (laid || bed.status !== 'ended') return;
        laid = true;
        layer.over(next);
      },
    );
    expect(laid).toBe(true);
    // Whoever plays goes on with the next one, which is where it would be without the layer.
    expect(next.framesTaken).toBe(to - 51 + 15);
    await Promise.all([bed.close(), next.close()]);
    const heard = hear(frames);
    expect(toneLevelDb(between(heard, to * 20 - 120, to * 20), BED_HZ, 48_000)).toBeGreaterThan(FULL_DB - 3);
    expect(steepestStep(between(heard, 100, to * 20))).toBeLessThan(STEEPEST * 1.1);
  });
});

test('over nothing it is heard alone', async () => {
  const { frames, from } = await play(undefined, () => openLayer({ ...OVERLAY, releaseMs: 40 }));
  expect(from).toBe(0);
  expect(toneLevelDb(between(hear(frames), 100, 900), LAYER_HZ, 48_000) - FULL_DB).toBeCloseTo(0, 0);
});
