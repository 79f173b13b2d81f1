import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EQUALIZER_BANDS_HZ, FILTER_PRESETS, filtersSchema } from '@bandstand/protocol';
import { buildStages } from '../src/audio/filters/build-stages.ts';
import { Leveller } from '../src/audio/filters/leveller.ts';
import { limiterStage } from '../src/audio/filters/limiter.ts';
import { TimeScaler } from '../src/audio/filters/time-scaler.ts';
import { CHANNELS, FRAME_SAMPLES, FRAMES_PER_SECOND } from '../src/audio/frame.ts';
import type { Stage } from '../src/audio/render/stage.ts';

/**
 * CPU that each filter takes per frame of 20 ms stereo, beside ffmpeg's nearest equivalent on the same signal (its own time
 * for reading and discarding is taken off). Medians of rounds that alternate.
 *
 *   node packages/player-service/bench/filters.bench.ts
 */
const SECONDS = 30;
const ROUNDS = 5;
const FRAMES = SECONDS * FRAMES_PER_SECOND;
const SAMPLES = FRAME_SAMPLES * CHANNELS;
const ALL_BANDS = EQUALIZER_BANDS_HZ.map((_, band) => ({ band, gain: band % 2 === 0 ? 0.1 : -0.1 }));

/** Makes one frame, given the signal before it. */
type Filter = (frame: Float32Array, index: number) => void;

interface Row {
  readonly name: string;
  readonly open: () => Filter;
  /** ffmpeg's filter graph. */
  readonly graph: string;
}

const signal = pinkish();

const rows: readonly Row[] = [
  staged('volume', { volume: 1.5 }, 'volume=1.5'),
  staged('equalizer, 15 bands', { equalizer: ALL_BANDS }, equalizerGraph(ALL_BANDS)),
  staged(
    'equalizer, bassboost (7)',
    FILTER_PRESETS.bassboost,
    equalizerGraph(FILTER_PRESETS.bassboost.equalizer ?? []),
  ),
  staged('karaoke', { karaoke: {} }, 'stereotools=mlev=0.016'),
  staged('tremolo', { tremolo: {} }, 'tremolo=f=2:d=0.5'),
  staged('vibrato', { vibrato: {} }, 'vibrato=f=2:d=0.5'),
  staged('rotation', { rotation: { rotationHz: 0.2 } }, 'apulsator=hz=0.2'),
  staged('distortion', FILTER_PRESETS.soft_distortion, 'asoftclip=type=sin'),
  staged('channelMix', FILTER_PRESETS.mono, 'pan=stereo|c0=0.5*c0+0.5*c1|c1=0.5*c0+0.5*c1'),
  staged('lowPass', { lowPass: {} }, 'lowpass=f=390:p=1'),
  staged('compressor', { compressor: {} }, 'acompressor=threshold=0.063:ratio=4:attack=5:release=120'),
  staged(
    'threeBandEq',
    { threeBandEq: { lowDb: 6, midDb: -3, highDb: 6 } },
    'bass=g=6,equalizer=f=1000:t=q:w=0.7:g=-3,treble=g=6',
  ),
  scaled('timescale, rate 1.2', 1.2, 1.2, 'asetrate=57600,aresample=48000'),
  scaled('timescale, speed 1.5', 1.5, 1, 'atempo=1.5'),
  scaled('timescale, speed 1.5', 1.5, 1, 'rubberband=tempo=1.5'),
  scaled('timescale, pitch 1.25', 1, 1.25, 'rubberband=pitch=1.25'),
  {
    name: 'limiter, below the ceiling',
    open: () => ofStage(limiterStage({ ceilingDb: -1 })),
    graph: 'alimiter=limit=0.89:level=0',
  },
  { name: 'limiter, 12 dB louder', open: louder, graph: 'volume=4,alimiter=limit=0.89:level=0' },
  { name: 'leveller', open: () => ofStage(new Leveller({ targetLufs: -16 }).stage()), graph: 'dynaudnorm' },
];

const folder = await mkdtemp(join(tmpdir(), 'filter-bench-'));
try {
  const input = join(folder, 'a.f32');
  await writeFile(input, signal);
  const own = new Map<Row, number[]>(rows.map((row) => [row, []]));
  const theirs = new Map<Row, number[]>(rows.map((row) => [row, []]));
  const idle: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    idle.push(await ffmpegUs(input, 'anull'));
    for (const row of rows) {
      own.get(row)?.push(ownUs(row.open()));
      theirs.get(row)?.push(await ffmpegUs(input, row.graph));
    }
  }
  process.stdout.write(
    '| filter | CPU us per frame | ffmpeg, us per frame | ffmpeg / own | as |\n|---|---|---|---|---|\n',
  );
  for (const row of rows) {
    const [ours, ffmpeg] = [median(own.get(row) ?? []), median(theirs.get(row) ?? []) - median(idle)];
    const ratio = ours > 0 ? (ffmpeg / ours).toFixed(1) : '-';
    const graph = row.graph.replaceAll('|', ', ');
    const shown = graph.length > 60 ? `${graph.slice(0, graph.indexOf(','))}, …` : graph;
    process.stdout.write(
      `| ${row.name} | ${ours.toFixed(1)} | ${ffmpeg.toFixed(1)} | ${ratio} | \`${shown}\` |\n`,
    );
  }
} finally {
  await rm(folder, { recursive: true });
}

function staged(name: string, filters: object, graph: string): Row {
  return {
    name,
    open: () => {
      const [stage] = buildStages(filtersSchema.parse(filters));
      if (stage === undefined) throw new Error(`${name} has no stage`);
      return ofStage(stage);
    },
    graph,
  };
}

function scaled(name: string, speed: number, pitch: number, graph: string): Row {
  const open = (): Filter => {
    const scaler = new TimeScaler();
    scaler.begin({ speed, pitch }, 0);
    return (frame) => scaler.pull(readSignal, frame);
  };
  return { name, open, graph };
}

function louder(): Filter {
  const stage = limiterStage({ ceilingDb: -1 });
  return (frame, index) => {
    for (let i = 0; i < frame.length; i++) frame[i] = (frame[i] ?? 0) * 4;
    stage.process(frame, index);
  };
}

function ofStage(stage: Stage): Filter {
  return (frame, index) => stage.process(frame, index);
}

/** The signal without end: after the last sample comes the first. */
function readSignal(from: number, into: Float32Array): void {
  let at = (((from * CHANNELS) % signal.length) + signal.length) % signal.length;
  for (let done = 0; done < into.length; ) {
    const part = signal.subarray(at, Math.min(signal.length, at + into.length - done));
    into.set(part, done);
    done += part.length;
    at = 0;
  }
}

function ownUs(filter: Filter): number {
  const frame = new Float32Array(SAMPLES);
  const before = process.cpuUsage();
  for (let index = 0; index < FRAMES; index++) {
    frame.set(signal.subarray(index * SAMPLES, (index + 1) * SAMPLES));
    filter(frame, index);
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / FRAMES;
}

async function ffmpegUs(input: string, graph: string): Promise<number> {
  const format = ['-f', 'f32le', '-ar', '48000', '-ac', '2'];
  const args = [
    '-hide_banner',
    '-benchmark',
    '-threads',
    '1',
    ...format,
    '-i',
    input,
    '-af',
    graph,
    ...format,
  ];
  const { stderr } = await promisify(execFile)('ffmpeg', [...args, '-y', '/dev/null'], { timeout: 60_000 });
  const times = /bench: utime=([\d.]+)s stime=([\d.]+)s/.exec(stderr);
  if (times === null) throw new Error('ffmpeg told no times');
  return ((Number(times[1]) + Number(times[2])) * 1e6) / FRAMES;
}

function equalizerGraph(bands: readonly { readonly band: number; readonly gain: number }[]): string {
  const one = ({ band, gain }: { readonly band: number; readonly gain: number }) =>
    `equalizer=f=${EQUALIZER_BANDS_HZ[band]}:t=o:w=0.67:g=${(20 * Math.log10(1 + 4 * gain)).toFixed(1)}`;
  return bands.map(one).join(',');
}

/** Noise that falls with frequency as music does, its crests near half of full scale. */
function pinkish(): Float32Array {
  const samples = new Float32Array(FRAMES * SAMPLES);
  let state = 1;
  const slow = [0, 0];
  for (let i = 0; i < samples.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const white = state / 2 ** 31 - 1;
    const channel = i % CHANNELS;
    slow[channel] = (slow[channel] ?? 0) * 0.97 + white * 0.03;
    samples[i] = 0.15 * white + 1.2 * (slow[channel] ?? 0);
  }
  return samples;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
