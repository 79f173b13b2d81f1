import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { never } from '../../../test/audio/audio-fixture.ts';
import { MediaFolder, packetHashes } from '../../../test/audio/media-folder.ts';
import { MediaServer } from '../../../test/audio/media-server.ts';
import {
  fileBytes,
  HttpSources,
  LAYOUTS,
  type Layout,
  makeLayouts,
  NOISE_SECONDS,
  seek,
} from '../../../test/audio/seek-fixture.ts';
import { OggDemuxer } from '../demux/ogg-demuxer.ts';
import { WebmDemuxer } from '../demux/webm-demuxer.ts';
import { INTERLEAVED_SAMPLES } from '../frame.ts';
import { UnitReader } from '../render/unit-reader.ts';
import type { Unit } from '../units/unit.ts';
import { demuxedUnits } from '../units/unit-streams.ts';
import { UnitWindow } from '../units/unit-window.ts';

let folder: MediaFolder;
let sources: HttpSources;
let server: MediaServer;

beforeAll(async () => {
  folder = await MediaFolder.create();
  sources = new HttpSources();
  await makeLayouts(folder);
}, 120_000);

afterAll(async () => {
  await sources[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

beforeEach(async () => {
  server = await MediaServer.start();
  return () => server[Symbol.asyncDispose]();
});

const FRAME = 9_217;

/** The beginning, what leads to the position, and what plays; whoever does not know the length needs one more, or a few. */
const MOST_REQUESTS: Readonly<Record<Layout, number>> = {
  'index-behind.webm': 3,
  'index-in-front.webm': 2,
  'short-clusters.webm': 3,
  'without-index.webm': 6,
  'pages-of-a-second.ogg': 4,
  'page-per-packet.ogg': 4,
  'largest-pages.ogg': 5,
};

describe.each(Object.keys(LAYOUTS) as Layout[])('%s', (name) => {
  test('from any position on, the packets are those of the source from there on', async () => {
    const path = `${folder.path}/${name}`;
    const source = await packetHashes(path);
    for (const frame of [1, 3, 4, 49, 50, 51, 999, 1_000, 1_001, FRAME, 14_900, source.length - 1]) {
      const sought = await seek(fileBytes(path), frame);
      expect(sought, `from frame ${frame}`).toEqual({
        leadIn: source.slice(Math.max(0, frame - 4), frame),
        packets: source.slice(frame, frame + 60),
        endsAt: sought?.endsAt,
      });
    }
  }, 30_000);

  test('over HTTP few bytes are asked for beside what plays, in few requests', async () => {
    const path = `${folder.path}/${name}`;
    const bytes = await readFile(path);
    const source = await packetHashes(path);
    for (const durationMs of [undefined, NOISE_SECONDS * 1_000]) {
      server.requests.length = 0;
      const sought = await seek(sources.bytes(server.serve(`/${name}`, bytes)), FRAME, { durationMs });
      expect(sought?.packets).toEqual(source.slice(FRAME, FRAME + 60));

      const ranges = server.requests.map(({ headers }) => headers.range ?? '');
      const placeBytes = Number(/^bytes=(\d+)-$/.exec(ranges.at(-1) ?? '')?.[1]);
      const searchedBytes = ranges.slice(0, -1).reduce((sum, range) => sum + lengthOf(range), 0);
      expect(ranges.length).toBeLessThanOrEqual(MOST_REQUESTS[name]);
      expect(searchedBytes).toBeLessThanOrEqual(bytes.length / 8);
      // Where it begins to read on: not after the position, and a few seconds before it at most.
      const packetAt = bytes.indexOf(await packetOf(path, FRAME));
      expect(packetAt - placeBytes).toBeGreaterThan(0);
      expect(packetAt - placeBytes).toBeLessThan(bytes.length / 20);
    }
  });
});

test.each(['tone.ogg', 'tone.webm'])(
  '%s: the end is cut where it is for who heard the track from its beginning',
  async (name) => {
    const path = await folder.tone(name, ['-c:a', 'libopus'], { seconds: 3.333 });
    const demuxer = name.endsWith('.ogg') ? new OggDemuxer() : new WebmDemuxer();
    const { chunks } = await fileBytes(path).open(0, never());
    const all: Unit[] = [];
    for await (const units of demuxedUnits(chunks, demuxer)) all.push(...units);
    const sought = await seek(fileBytes(path), 100, { count: Number.POSITIVE_INFINITY });
    expect(sought?.packets.length).toBe(all.length - 100);
    expect(sought?.endsAt).toBe((3.333 * 48_000 + 312) % 960);
    expect(all.at(-1)?.endsAt).toBe(sought?.endsAt);
  },
);

test('the lead-in brings a decoder to where it would be had it heard the track from its beginning', async () => {
  const path = await folder.tone('lead-in.webm', ['-c:a', 'libopus'], { seconds: 4 });
  const { chunks } = await fileBytes(path).open(0, never());
  const all: Unit[] = [];
  for await (const units of demuxedUnits(chunks, new WebmDemuxer())) all.push(...units);

  const heard = samplesAt(windowOf([], all), 100);
  const sought = samplesAt(windowOf(all.slice(96, 100), all.slice(100)), 0);
  const cold = samplesAt(windowOf([], all.slice(100)), 0);
  expect(furthest(sought, heard)).toBeLessThan(0.05);
  expect(furthest(cold, heard)).toBeGreaterThan(0.2);
});

function windowOf(leadIn: readonly Unit[], units: readonly Unit[]): UnitWindow {
  const window = new UnitWindow();
  window.leadIn(leadIn);
  window.push(units);
  return window;
}

function samplesAt(window: UnitWindow, index: number): Float32Array {
  const reader = new UnitReader(window);
  const samples = new Float32Array(INTERLEAVED_SAMPLES);
  for (let i = Math.max(0, index - 20); i <= index; i++) reader.read(i, samples);
  return samples;
}

function furthest(a: Float32Array, b: Float32Array): number {
  return Math.max(...a.map((sample, i) => Math.abs(sample - (b[i] ?? 0))));
}

/** Of a range with both ends. */
function lengthOf(range: string): number {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? [];
  return Number(last) - Number(first) + 1;
}

/** The bytes of one packet, as the demuxers read it. */
async function packetOf(path: string, frame: number): Promise<Buffer> {
  const demuxer = path.endsWith('.ogg') ? new OggDemuxer() : new WebmDemuxer();
  const packets: Buffer[] = [];
  demuxer.push(await readFile(path), (packet) => packets.push(packet));
  return packets[frame] ?? Buffer.alloc(0);
}
